"""Runs a scenario with paho-mqtt: paho_client.py SCENARIO PORT [SECOND_PORT]"""

import sys
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

scenario, port = sys.argv[1], int(sys.argv[2])


def props(packet, **values):
    result = Properties(packet)
    for key, value in values.items():
        setattr(result, key, value)
    return result


class Client:
    def __init__(self, client_id, version, port=port, **options):
        self.c = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id, protocol=version, **options)
        self.version, self.port = version, port
        self.connected, self.closed, self.acks, self.messages = None, False, set(), []
        self.c.on_connect = self.on_connect
        self.c.on_disconnect = lambda *a: setattr(self, "closed", True)
        self.c.on_subscribe = lambda c, u, mid, *a: self.acks.add(("sub", mid))
        self.c.on_unsubscribe = lambda c, u, mid, *a: self.acks.add(("unsub", mid))
        self.c.on_publish = lambda c, u, mid, *a: self.acks.add(("pub", mid))
        self.c.on_message = lambda c, u, message: self.messages.append(message)

    def on_connect(self, client, userdata, flags, reason, properties):
        self.connected = reason

    def until(self, test, what):
        end = time.monotonic() + 300
        while not test():
            if time.monotonic() > end:
                sys.exit(f"{scenario}: no {what}")
            self.c.loop(0.1)

    def settle(self, seconds=0.3):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.c.loop(0.1)

    def connect(self, keepalive=60, **options):
        self.c.connect("127.0.0.1", self.port, keepalive, **options)
        self.until(lambda: self.connected is not None or self.closed, "CONNACK")

    def subscribe(self, *args, **options):
        result, mid = self.c.subscribe(*args, **options)
        self.until(lambda: ("sub", mid) in self.acks, "SUBACK")

    def unsubscribe(self, *args, **options):
        result, mid = self.c.unsubscribe(*args, **options)
        self.until(lambda: ("unsub", mid) in self.acks, "UNSUBACK")

    def publish(self, *args, **options):
        info = self.c.publish(*args, **options)
        self.until(lambda: ("pub", info.mid) in self.acks, "acknowledgement")

    def received(self, count):
        self.until(lambda: len(self.messages) >= count, f"message {count}")

    def disconnect(self, **options):
        self.c.disconnect(**options)
        self.until(lambda: self.closed, "end of the connection")


def flow_3(name, version):
    """A will, several filters in one SUBSCRIBE, and QoS 0 to 2 in both directions."""
    client = Client(name, version, clean_session=True)
    client.c.will_set(f"{name}/status", "offline", qos=2, retain=True)
    client.connect()
    client.subscribe([(f"{name}/data/#", 2), (f"{name}/+/state", 1), ("$SYS/broker/version", 0)])
    client.received(1)
    for qos in (0, 1, 2):
        client.publish(f"{name}/data/{qos}", f"payload {qos}", qos=qos)
        client.received(2 + qos)
    client.settle()
    client.unsubscribe([f"{name}/data/#", f"{name}/+/state"])
    client.disconnect()


def flow_5():
    client = Client("paho-5", mqtt.MQTTv5)
    client.c.will_set("paho-5/status", "offline", qos=1, retain=True)
    client.connect(
        clean_start=True,
        properties=props(
            PacketTypes.CONNECT,
            SessionExpiryInterval=30,
            ReceiveMaximum=16,
            MaximumPacketSize=4096,
            TopicAliasMaximum=4,
            RequestProblemInformation=1,
            UserProperty=[("library", "paho"), ("library", "python")],
        ),
    )
    client.subscribe(
        [
            ("paho-5/data/#", SubscribeOptions(qos=2)),
            ("paho-5/own/#", SubscribeOptions(qos=1, noLocal=True)),
            ("paho-5/kept/#", SubscribeOptions(qos=0, retainAsPublished=True, retainHandling=1)),
            ("paho-5/none/#", SubscribeOptions(qos=2, noLocal=True, retainAsPublished=True, retainHandling=2)),
        ],
        properties=props(PacketTypes.SUBSCRIBE, SubscriptionIdentifier=268435455, UserProperty=[("a", "b")]),
    )
    for qos in (0, 1, 2):
        client.publish(f"paho-5/data/{qos}", f"payload {qos}", qos=qos)
        client.received(1 + qos)
    client.publish("paho-5/own/x", "not sent back", qos=1)
    client.publish("paho-5/kept/x", "with the retain flag", qos=1, retain=True)
    client.received(4)
    client.publish("paho-5/kept/x", b"", qos=1, retain=True)
    client.received(5)
    client.publish(
        "paho-5/data/alias",
        bytes(range(256)),
        properties=props(
            PacketTypes.PUBLISH,
            TopicAlias=1,
            PayloadFormatIndicator=0,
            MessageExpiryInterval=86400,
            ContentType="application/octet-stream",
            ResponseTopic="paho-5/reply",
            CorrelationData=b"\x00\x01\xfe\xff",
            UserProperty=[("z", "1"), ("a", "2"), ("z", "3"), ("", "")],
        ),
    )
    client.received(6)
    client.publish("", "by alias", properties=props(PacketTypes.PUBLISH, TopicAlias=1))
    client.received(7)
    client.settle()
    client.unsubscribe(
        ["paho-5/data/#", "paho-5/never/subscribed"],
        properties=props(PacketTypes.UNSUBSCRIBE, UserProperty=[("c", "d")]),
    )
    client.disconnect(
        reasoncode=ReasonCode(PacketTypes.DISCONNECT, identifier=0),
        properties=props(
            PacketTypes.DISCONNECT, SessionExpiryInterval=0, ReasonString="done", UserProperty=[("e", "f")]
        ),
    )


def will_5():
    """A will with every will property, and a DISCONNECT that publishes the will."""
    client = Client("paho-5-will", mqtt.MQTTv5)
    client.c.will_set(
        "paho-5-will/status",
        '{"online":false}',
        qos=2,
        retain=False,
        properties=props(
            PacketTypes.WILLMESSAGE,
            WillDelayInterval=0,
            PayloadFormatIndicator=1,
            MessageExpiryInterval=600,
            ContentType="application/json",
            ResponseTopic="paho-5-will/reply",
            CorrelationData=b"\x01\x02\x03",
            UserProperty=[("reason", "will"), ("site", "Zürich")],
        ),
    )
    client.connect(clean_start=True)
    client.disconnect(reasoncode=ReasonCode(PacketTypes.DISCONNECT, identifier=0x04))


def session(name, version, first_port, second_port):
    """A message that the client does not acknowledge. The server sends it again with DUP."""

    def connect(port):
        if version == mqtt.MQTTv5:
            client = Client(name, version, port, manual_ack=True)
            client.connect(clean_start=False, properties=props(PacketTypes.CONNECT, SessionExpiryInterval=300))
        else:
            client = Client(name, version, port, clean_session=False, manual_ack=True)
            client.connect()
        return client

    client = connect(first_port)
    client.subscribe(f"{name}/#", 1)
    client.publish(f"{name}/x", "keep me", qos=1)
    client.received(1)
    client.disconnect()
    client = connect(second_port)
    client.received(1)
    client.c.ack(client.messages[0].mid, 1)
    client.settle()
    if version == mqtt.MQTTv5:
        client.disconnect(properties=props(PacketTypes.DISCONNECT, SessionExpiryInterval=0))
    else:
        client.unsubscribe(f"{name}/#")
        client.disconnect()


def connect_only(name, version, disconnect=True, properties=None, **options):
    client = Client(name, version, **options)
    client.connect(**({"properties": properties} if properties else {}))
    print(f"{scenario}: {client.connected}", file=sys.stderr)
    if disconnect and not client.closed:
        client.disconnect()


def broken_limit(name, *args, **options):
    """Breaks a limit of the CONNACK, so that the server closes the connection."""
    client = Client(name, mqtt.MQTTv5)
    client.connect(clean_start=True)
    client.c.publish(*args, **options)
    client.until(lambda: client.closed, "DISCONNECT")


def up_to_qos_1(name, version):
    """For a broker with few features: QoS 0 and 1, a retained message, a will."""
    start = {"clean_start": True} if version == mqtt.MQTTv5 else {}
    session = {} if version == mqtt.MQTTv5 else {"clean_session": True}
    client = Client(name, version, **session)
    client.c.will_set(f"{name}/status", "offline", qos=1, retain=False)
    client.connect(**start)
    client.subscribe([(f"{name}/data/#", 1), (f"{name}/+/state", 0)])
    for qos in (0, 1):
        client.publish(f"{name}/data/{qos}", f"payload {qos}", qos=qos)
        client.received(1 + qos)
    client.publish(f"{name}/kept", b"\x00\xff", qos=1, retain=True)
    client.unsubscribe([f"{name}/data/#", f"{name}/+/state"])

    watcher = Client(f"{name}-watcher", version, **session)
    watcher.connect(**start)
    watcher.subscribe([(f"{name}/kept", 1), (f"{name}/status", 1)])
    watcher.received(1)
    client.c.socket().shutdown(2)
    watcher.received(2)
    watcher.disconnect()
    got = [(m.topic, m.payload, m.qos, m.retain) for m in client.messages + watcher.messages]
    expected = [
        (f"{name}/data/0", b"payload 0", 0, False),
        (f"{name}/data/1", b"payload 1", 1, False),
        (f"{name}/kept", b"\x00\xff", 1, True),
        (f"{name}/status", b"offline", 1, False),
    ]
    if got != expected:
        sys.exit(f"{scenario}: {got}")


if scenario == "31":
    flow_3("paho-31", mqtt.MQTTv31)
elif scenario == "311":
    flow_3("paho-311", mqtt.MQTTv311)
elif scenario == "5":
    flow_5()
elif scenario == "31-up-to-qos-1":
    up_to_qos_1("paho-31", mqtt.MQTTv31)
elif scenario == "311-up-to-qos-1":
    up_to_qos_1("paho-311", mqtt.MQTTv311)
elif scenario == "5-up-to-qos-1":
    up_to_qos_1("paho-5", mqtt.MQTTv5)
elif scenario == "5-will":
    will_5()
elif scenario == "311-session":
    session("paho-311-session", mqtt.MQTTv311, port, int(sys.argv[3]))
elif scenario == "5-session":
    session("paho-5-session", mqtt.MQTTv5, port, int(sys.argv[3]))
elif scenario == "5-assigned-id":
    connect_only("", mqtt.MQTTv5)
elif scenario == "5-auth-method":
    connect_only(
        "paho-5-auth",
        mqtt.MQTTv5,
        properties=props(
            PacketTypes.CONNECT, AuthenticationMethod="SCRAM-SHA-256", AuthenticationData=b"n,,n=user,r=nonce"
        ),
    )
elif scenario == "5-limits":
    connect_only("paho-5-limits", mqtt.MQTTv5)
elif scenario == "5-too-large":
    broken_limit("paho-5-too-large", "paho/large", "x" * 300, qos=1)
elif scenario == "5-retain":
    broken_limit("paho-5-retain", "paho/retain", "kept", qos=0, retain=True)
elif scenario == "5-qos":
    broken_limit("paho-5-qos", "paho/qos", "twice", qos=2)
elif scenario == "5-topic-alias":
    broken_limit(
        "paho-5-alias", "paho/alias", "x", properties=props(PacketTypes.PUBLISH, TopicAlias=9)
    )
else:
    sys.exit(f"no scenario {scenario}")
