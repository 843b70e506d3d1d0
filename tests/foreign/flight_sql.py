"""Queries a node with the clients of others, unmodified: ADBC's Flight SQL driver and pyarrow.flight.

Arguments: the node's address, and the files of the cluster's certificates, of the caller's certificates and of its key.
Prints what was found as JSON.
"""

import json
import sys

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
from adbc_driver_flightsql import DatabaseOptions
from pyarrow import flight

address, roots, chain, key = sys.argv[1:5]
roots, chain, key = (open(path).read() for path in (roots, chain, key))
location = f"grpc+tls://{address}"
TABLE = 'granted."430200"."201001000001"'
found = {}


def refused(what, *arguments):
    try:
        what(*arguments)
    except Exception as error:  # Each client has its own.
        return str(error)
    raise SystemExit("not refused")


options = {
    DatabaseOptions.TLS_ROOT_CERTS.value: roots,
    DatabaseOptions.MTLS_CERT_CHAIN.value: chain,
    DatabaseOptions.MTLS_PRIVATE_KEY.value: key,
}
with adbc.connect(location, db_kwargs=options, autocommit=True) as connection:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT code, town, area FROM {TABLE} ORDER BY code")
        found["statement"] = cursor.fetchall()
        cursor.execute(f"SELECT code FROM {TABLE} WHERE area > ? ORDER BY code", [3])
        found["prepared"] = cursor.fetchall()
        found["hidden"] = refused(cursor.execute, f"SELECT phone FROM {TABLE}")
        found["update"] = refused(cursor.execute, f"DELETE FROM {TABLE}")
        cursor.execute("SELECT value FROM generate_series(1, 1000000000000)")
        found["first"] = cursor.fetchone()
        cursor.adbc_cancel()
        found["cancelled"] = refused(cursor.fetchall)
        cursor.execute("SELECT 1")
        found["after"] = cursor.fetchall()
    info = connection.adbc_get_info()
    found["vendor"] = info["vendor_name"]
    found["types"] = connection.adbc_get_table_types()
    for depth in ("catalogs", "db_schemas", "tables", "all"):
        found[depth] = connection.adbc_get_objects(depth=depth).read_all().to_pylist()
    schema = connection.adbc_get_table_schema(
        "201001000001", catalog_filter="granted", db_schema_filter="430200"
    )
    found["schema"] = [f"{field.name}: {field.type}" for field in schema]


def field(number, content):
    length, size = len(content), b""
    while length > 0x7F:
        size, length = size + bytes([length & 0x7F | 0x80]), length >> 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + content


def command(name, *fields):
    url = f"type.googleapis.com/arrow.flight.protocol.sql.{name}".encode()
    message = b"".join(field(number, content) for number, content in fields)
    return flight.FlightDescriptor.for_command(field(1, url) + field(2, message))


client = flight.FlightClient(
    location, tls_root_certs=roots, cert_chain=chain, private_key=key
)
with client:
    query = command("CommandStatementQuery", (1, f"SELECT count(*) AS n FROM {TABLE}".encode()))
    found["described"] = [str(field) for field in client.get_schema(query).schema]
    info = client.get_flight_info(query)
    table = client.do_get(info.endpoints[0].ticket).read_all()
    found["pyarrow"] = table.to_pylist()
    tables = client.get_flight_info(command("CommandGetTables"))
    listed = client.do_get(tables.endpoints[0].ticket).read_all()
    found["listed"] = sorted(listed["table_name"].to_pylist())
    found["actions"] = sorted(action.type for action in client.list_actions())

assert isinstance(table, pa.Table)
json.dump(found, sys.stdout, ensure_ascii=False, default=str)
