"""Serves and receives tables by Arrow Flight with pyarrow, over mutual TLS with the certificates of two nodes.

Arguments: `serve` and the folder of a node, with `identity.pem` and `ca.pem`. Prints the port and the version of pyarrow.
Or: `receive`, such a folder, the port, a ticket, and the file to write as a stream in Arrow IPC format. Prints the processor
time of that in seconds, without the start of Python, and the number of rows; both separated by a tab.
A ticket is JSON: `parquet` with a file and `columns`, null for all; or `postgresql` with a URI and `sql`.
"""

import json
import os
import re
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_postgresql import dbapi
from pyarrow import flight

# Rows of a batch of a Parquet file: the default of pyarrow.
BATCH = 65536


def identity(folder):
    """The authorities, the chain of certificates and the key in a folder of a node."""
    with open(os.path.join(folder, "identity.pem")) as file:
        blocks = re.findall(r"(-----BEGIN ([^-]+)-----\n.*?-----END \2-----\n?)", file.read(), re.S)
    key = "".join(block for block, name in blocks if "PRIVATE KEY" in name)
    chain = "".join(block for block, name in blocks if name == "CERTIFICATE")
    with open(os.path.join(folder, "ca.pem")) as file:
        return file.read(), chain, key


def batches(ticket):
    """The schema of what a ticket names, and then its batches."""
    if "parquet" in ticket:
        file = pq.ParquetFile(ticket["parquet"])
        found = file.iter_batches(batch_size=BATCH, columns=ticket["columns"])
        first = next(found)
        yield first.schema
        yield first
        yield from found
    else:
        with dbapi.connect(ticket["postgresql"]) as connection, connection.cursor() as cursor:
            cursor.execute(ticket["sql"])
            reader = cursor.fetch_record_batch()
            yield reader.schema
            yield from reader


class Server(flight.FlightServerBase):
    def do_get(self, context, ticket):
        found = batches(json.loads(ticket.ticket))
        return flight.GeneratorStream(next(found), found)


def serve(folder):
    roots, chain, key = identity(folder)
    server = Server(
        "grpc+tls://127.0.0.1:0", tls_certificates=[(chain, key)], verify_client=True, root_certificates=roots
    )
    print(server.port, pa.__version__, flush=True)
    server.serve()


def receive(folder, port, ticket, path):
    roots, chain, key = identity(folder)
    location = f"grpc+tls://127.0.0.1:{port}"
    client = flight.FlightClient(location, tls_root_certs=roots, cert_chain=chain, private_key=key)
    begun, rows = time.process_time(), 0
    reader = client.do_get(flight.Ticket(ticket.encode()))
    with pa.OSFile(path, "wb") as file, pa.ipc.new_stream(file, reader.schema) as writer:
        for chunk in reader:
            writer.write_batch(chunk.data)
            rows += chunk.data.num_rows
    file = os.open(path, os.O_RDWR)
    os.fsync(file)
    os.close(file)
    print(time.process_time() - begun, rows, sep="\t")


{"serve": serve, "receive": receive}[sys.argv[1]](*sys.argv[2:])
