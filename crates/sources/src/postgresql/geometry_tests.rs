//! Geometric columns. They use the server of `server_tests`, which has no PostGIS: a type of its name with a conversion
//! into bytes, as PostGIS has one, stands in for it.

use arrow_array::cast::AsArray;
use chengji_domain::table::ColumnType;

use super::server_tests::read;
use super::test_server::Server;
use super::*;

/// `plain` has the name alone, without the conversion.
const TABLES: &str = "
    CREATE SCHEMA gis;
    CREATE SCHEMA plain;
    CREATE TYPE gis.geometry AS (wkb bytea);
    CREATE FUNCTION gis.to_wkb(gis.geometry) RETURNS bytea LANGUAGE sql AS 'SELECT $1.wkb';
    CREATE CAST (gis.geometry AS bytea) WITH FUNCTION gis.to_wkb(gis.geometry);
    CREATE DOMAIN gis.boundary AS gis.geometry;
    CREATE TYPE plain.geometry AS (wkb bytea);
    CREATE TABLE gis.places (
        spot point, edge polygon, frame box, way path, part lseg, beam line, round circle,
        shape gis.geometry, border gis.boundary, other plain.geometry);
    INSERT INTO gis.places VALUES (
        '(1,2)', '((0,0),(1,0),(1,1))', '((1,1),(0,0))', '[(0,0),(1,1)]', '[(0,0),(1,1)]',
        '{1,2,3}', '<(0,0),1.5>', ROW('\\x0101'), ROW('\\x0102'), ROW('\\x0103'))";

/// The server's own types, in the order of the columns, as it prints them.
const PRINTED: [&str; 7] = [
    "(1,2)",
    "((0,0),(1,0),(1,1))",
    "(1,1),(0,0)",
    "[(0,0),(1,1)]",
    "[(0,0),(1,1)]",
    "{1,2,3}",
    "<(0,0),1.5>",
];

pub(super) fn check(server: &Server) {
    server.admin("postgres").batch_execute(TABLES).unwrap();
    let source = PostgresSource::new(server.settings_of_admin());
    let columns = source.schema("gis.places", &|| true).unwrap().columns;
    let batches = read(&source, "gis.places", None).unwrap();
    let values = batches[0].columns();
    for (at, printed) in PRINTED.into_iter().enumerate() {
        assert_eq!(columns[at].column_type, ColumnType::Other, "{at}");
        assert_eq!(values[at].as_string::<i32>().value(0), printed);
    }
    assert_eq!(columns[0].native_type, "point");
    for (at, wkb) in [(7, [1_u8, 1]), (8, [1, 2])] {
        assert_eq!(columns[at].column_type, ColumnType::Bytes, "{at}");
        assert_eq!(values[at].as_binary::<i32>().value(0), wkb);
    }
    assert_eq!(columns[7].native_type, "gis.geometry");
    assert_eq!(columns[9].column_type, ColumnType::Other);
}
