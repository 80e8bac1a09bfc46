"""Records one TCP connection on loopback.

usage: proxy.py BASE UPSTREAM_PORT

Listens on a free port of 127.0.0.1 and writes the port to BASE.port. It accepts
one connection, and passes it on to 127.0.0.1:UPSTREAM_PORT. It writes the bytes
to BASE.client.bin (client to server) and BASE.server.bin (server to client), and
the name of each complete MQTT packet to BASE.client.txt and BASE.server.txt, one
in each line. The exit status is 1 if a direction ends inside of a packet.
"""

import os
import socket
import sys
import threading

NAMES = [
    "reserved", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
    "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
]


def split(data):
    """Splits data into (first byte, packet) pairs. Returns the pairs and the remaining bytes."""
    found = []
    while True:
        length, shift, at = 0, 0, 1
        while at < len(data) and at <= 4 and data[at] & 0x80:
            length |= (data[at] & 0x7F) << shift
            shift += 7
            at += 1
        if at >= len(data) or at > 4:
            return found, data
        length |= data[at] << shift
        end = at + 1 + length
        if end > len(data):
            return found, data
        found.append((data[0], data[:end]))
        data = data[end:]


def name(first):
    text = NAMES[first >> 4]
    if text == "PUBLISH":
        text += f" qos{first >> 1 & 3}"
        text += " retain" if first & 1 else ""
        text += " dup" if first & 8 else ""
    return text


def pump(source, sink, base, left):
    rest = b""
    with open(base + ".bin", "wb", 0) as raw, open(base + ".txt", "w", 1) as names:
        while True:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            if not data:
                break
            raw.write(data)
            try:
                sink.sendall(data)
            except OSError:
                pass
            packets, rest = split(rest + data)
            for first, _ in packets:
                print(name(first), file=names)
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    if rest:
        left.append(f"{base}: {len(rest)} bytes of an unfinished packet")


def main():
    base, upstream = sys.argv[1], int(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    with open(base + ".port.new", "w") as file:
        print(listener.getsockname()[1], file=file)
    os.rename(base + ".port.new", base + ".port")
    listener.settimeout(60)
    client, _ = listener.accept()
    listener.close()
    server = socket.create_connection(("127.0.0.1", upstream))
    for side in (client, server):
        side.settimeout(60)
        side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    left = []
    threads = [
        threading.Thread(target=pump, args=(client, server, base + ".client", left)),
        threading.Thread(target=pump, args=(server, client, base + ".server", left)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for line in left:
        print(line, file=sys.stderr)
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
