//! Sections of sources: what each kind takes, and where mistakes are.

use chengji_domain::ErrorCode;

use super::*;

/// A section of a kind in which nothing else is set.
fn section(kind: SourceKind) -> SourceSettings {
    SourceSettings {
        kind,
        path: None,
        folder: None,
        url: None,
        endpoint: None,
        region: None,
        encoding: None,
        host: None,
        port: None,
        database: None,
        user: None,
        password_file: None,
        password_env: None,
        tls: None,
        ca: None,
        connection: None,
        schema: None,
        statement_seconds: None,
        off_peak: None,
    }
}

fn database(kind: SourceKind) -> SourceSettings {
    SourceSettings {
        host: Some("db.example".to_owned()),
        database: Some("housing".to_owned()),
        user: Some("reader".to_owned()),
        ..section(kind)
    }
}

fn bucket(kind: SourceKind) -> SourceSettings {
    SourceSettings {
        url: Some("s3://housing/tables".to_owned()),
        endpoint: Some("https://s3.example".to_owned()),
        user: Some("reader".to_owned()),
        password_file: Some("secret".into()),
        ..section(kind)
    }
}

fn odbc(connection: &str) -> SourceSettings {
    SourceSettings {
        connection: Some(connection.to_owned()),
        ..section(SourceKind::Odbc)
    }
}

fn postgresql() -> SourceSettings {
    database(SourceKind::Postgresql)
}

/// The names of the sources, and the settings with mistakes.
fn declared(base: &Path, sections: Vec<(&str, SourceSettings)>) -> (Vec<String>, Vec<String>) {
    let sections = sections.into_iter();
    let sections = sections.map(|(name, settings)| (name.to_owned(), settings));
    let (sources, mistakes) = declare(base, sections.collect());
    let names = sources.iter().map(|(name, _)| name.to_string()).collect();
    let wrong = mistakes.into_iter().map(|mistake| mistake.setting);
    (names, wrong.collect())
}

#[test]
fn sources_of_all_kinds_are_declared_whether_or_not_they_are_there() {
    let sqlite = SourceSettings {
        path: Some("later.db".into()),
        ..section(SourceKind::Sqlite)
    };
    let folder = |kind| SourceSettings {
        folder: Some("later".into()),
        ..section(kind)
    };
    let sections = vec![
        ("d", sqlite),
        ("b", folder(SourceKind::Csv)),
        ("c", folder(SourceKind::Parquet)),
        ("a", postgresql()),
        ("e", bucket(SourceKind::Csv)),
        ("f", bucket(SourceKind::Parquet)),
        ("g", database(SourceKind::Mysql)),
        ("h", odbc("DSN=housing")),
    ];
    let (names, wrong) = declared(Path::new("/nowhere"), sections);
    assert_eq!(names, ["a", "b", "c", "d", "e", "f", "g", "h"]);
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn paths_begin_at_the_folder_of_the_settings() {
    let home = tempfile::tempdir().unwrap();
    let settings = SourceSettings {
        folder: Some("tables".into()),
        ..section(SourceKind::Csv)
    };
    let sections = BTreeMap::from([("a".to_owned(), settings)]);
    let (sources, _) = declare(home.path(), sections);
    let source = sources.find(&"a".parse().unwrap()).unwrap();
    let missing = source.tables(None, 1, &|| true).unwrap_err();
    assert_eq!(missing.code(), ErrorCode::SourceUnavailable);
    std::fs::create_dir(home.path().join("tables")).unwrap();
    std::fs::write(home.path().join("tables/t.csv"), "a\n").unwrap();
    assert_eq!(source.tables(None, 1, &|| true).unwrap().len(), 1);
}

#[test]
fn a_source_of_any_kind_may_have_an_off_peak_window() {
    let folder = |off_peak: &str| SourceSettings {
        folder: Some("later".into()),
        off_peak: Some(off_peak.to_owned()),
        ..section(SourceKind::Csv)
    };
    let database = SourceSettings {
        off_peak: Some("01:30-05:00".to_owned()),
        ..postgresql()
    };
    let sections = [("a", folder("22:00-06:00")), ("b", database)];
    let sections = sections.map(|(name, settings)| (name.to_owned(), settings));
    let (sources, mistakes) = declare(Path::new("/nowhere"), sections.into());
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let window = |name: &str| {
        let window = sources.off_peak(&name.parse().unwrap());
        window.map(|window| window.to_string())
    };
    assert_eq!(window("a").as_deref(), Some("22:00-06:00"));
    assert_eq!(window("b").as_deref(), Some("01:30-05:00"));
    assert_eq!(window("c"), None);

    let (names, wrong) = declared(
        Path::new("/nowhere"),
        vec![("a", folder("at night")), ("b", folder("22:00-24:00"))],
    );
    assert_eq!(names, Vec::<String>::new());
    assert_eq!(wrong, ["a.off_peak", "b.off_peak"]);
}

#[test]
fn every_mistake_is_reported_with_its_setting() {
    let foreign = SourceSettings {
        path: Some("a.db".into()),
        folder: Some("a".into()),
        port: Some(1),
        ..section(SourceKind::Sqlite)
    };
    let two_passwords = SourceSettings {
        password_file: Some("password".into()),
        password_env: Some("PASSWORD".to_owned()),
        ..postgresql()
    };
    let empty = SourceSettings {
        host: Some(String::new()),
        user: None,
        ..postgresql()
    };
    let named = SourceSettings {
        folder: Some("a".into()),
        ..section(SourceKind::Parquet)
    };
    let sections = vec![
        ("Wrong", named),
        ("a", section(SourceKind::Csv)),
        ("b", foreign),
        ("c", two_passwords),
        ("d", empty),
    ];
    let (_, wrong) = declared(Path::new("/nowhere"), sections);
    let expected = [
        "Wrong",
        "a.folder",
        "b.folder",
        "b.port",
        "c.password_env",
        "d.host",
        "d.user",
    ];
    assert_eq!(wrong, expected);
}

#[test]
fn a_folder_is_on_this_machine_or_in_a_bucket() {
    let on_both = SourceSettings {
        folder: Some("a".into()),
        ..bucket(SourceKind::Csv)
    };
    let without_url = SourceSettings {
        url: None,
        folder: Some("a".into()),
        ..bucket(SourceKind::Parquet)
    };
    let malformed = SourceSettings {
        url: Some("s3://key:secret@housing".to_owned()),
        endpoint: Some("s3.example".to_owned()),
        ..bucket(SourceKind::Csv)
    };
    let without_access = SourceSettings {
        user: None,
        password_file: None,
        ..bucket(SourceKind::Csv)
    };
    let sections = vec![
        ("a", on_both),
        ("b", without_url),
        ("c", malformed),
        ("d", without_access),
    ];
    let (_, wrong) = declared(Path::new("/nowhere"), sections);
    let expected = [
        "a.folder",
        "b.endpoint",
        "b.user",
        "b.password_file",
        "c.url",
        "c.endpoint",
        "d.user",
        "d.password_file",
    ];
    assert_eq!(wrong, expected);
}

#[test]
fn only_a_store_on_this_machine_needs_no_encryption_unless_it_is_switched_off() {
    let at = |endpoint: &str, tls| SourceSettings {
        endpoint: Some(endpoint.to_owned()),
        tls,
        ..bucket(SourceKind::Parquet)
    };
    let sections = vec![
        ("a", at("http://127.0.0.1:9000", None)),
        ("b", at("http://10.0.0.1:9000", Some(DatabaseTls::Off))),
        ("c", at("http://10.0.0.1:9000", None)),
    ];
    let (names, wrong) = declared(Path::new("/nowhere"), sections);
    assert_eq!(names, ["a", "b"]);
    assert_eq!(wrong, ["c.endpoint"]);
}

#[test]
fn a_connection_string_has_no_password() {
    let without_string = SourceSettings {
        connection: None,
        host: Some("db.example".to_owned()),
        ..odbc("")
    };
    let empty_schema = SourceSettings {
        schema: Some(String::new()),
        ..odbc("DSN=housing")
    };
    let sections = vec![
        ("a", odbc("DSN=housing;UID=reader;Pwd=secret")),
        ("b", without_string),
        ("c", empty_schema),
        ("d", odbc("DSN=housing")),
    ];
    let (names, wrong) = declared(Path::new("/nowhere"), sections);
    assert_eq!(names, ["d"]);
    let expected = ["a.connection", "b.host", "b.connection", "c.schema"];
    assert_eq!(wrong, expected);
}
