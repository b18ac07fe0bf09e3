"""Asks a SOGOMS service one thing: ipc_client.py SOCKET ACTION [PARAMS]

Prints each result or error as a line of JSON. Written from docs/PROTOCOL.md, with nothing but the standard library.
"""

import json
import socket
import struct
import sys


def exactly(connection, count):
    """Reads exactly that many bytes: a stream socket may hand over fewer at a time."""
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise ConnectionError("the service closed the connection")
        data += part
    return data


def write_frame(connection, message):
    """Writes a 4-byte big-endian length, then that many bytes of JSON."""
    body = json.dumps(message).encode()
    connection.sendall(struct.pack(">I", len(body)) + body)


def read_frame(connection):
    """Reads one frame and returns the object in it."""
    (length,) = struct.unpack(">I", exactly(connection, 4))
    return json.loads(exactly(connection, length))


def call(connection, action, params):
    """Sends a request and yields its replies: one, or those of a stream, each of which says `more`."""
    write_frame(connection, {"id": "req_python", "action": action, "params": params})
    streaming = False
    while True:
        reply = read_frame(connection)
        if reply["id"] != "req_python":
            continue
        more = reply.get("more", False)
        if reply["status"] == "error":
            yield {"error": reply["error"]}
        elif more or not streaming and reply["result"] is not None:
            yield {"result": reply["result"]}
        if not more:
            return
        streaming = True


def main():
    path, action, *params = sys.argv[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        for answer in call(connection, action, json.loads(params[0]) if params else {}):
            print(json.dumps(answer))


if __name__ == "__main__":
    main()
