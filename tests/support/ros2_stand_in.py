"""A small stand-in for rclpy and the message packages, where there is no ROS 2: the shape of what the node uses of it.

Signatures, keyword-only arguments included, are those of rclpy in Humble and Jazzy as its documentation has them; the
messages' fields are the true ones. What a middleware does it does not: messages go from hand to hand.
"""

import array
import sys
import threading
import time
from collections import deque
from types import ModuleType, SimpleNamespace

import numpy as np
from ros2_robot import Robot, as_rclpy

PACKAGES = ("sensor_msgs", "tf2_msgs", "vision_msgs", "nav_msgs", "std_msgs", "geometry_msgs", "builtin_interfaces",
            "visualization_msgs")  # fmt: skip


class Network:
    """What stands for the middleware: subscriptions by topic, what waits for them, what was published."""

    def __init__(self):
        self.types = Robot().types
        self.now_ns = 0
        self.subscriptions, self.publishers = {}, {}
        self.waiting = deque()
        self.nodes, self.inits, self.contexts = [], [], []
        self.default = Context(self)
        self.log = []

    def send(self, topic, message, ns):
        """Have a message come on a topic at that time."""
        self.waiting.append((topic, as_rclpy(message), ns))

    def settle(self):
        """Wait until all was handed over."""
        end = time.monotonic() + 20
        while self.waiting and time.monotonic() < end:
            time.sleep(0.005)
        assert not self.waiting


class Context:
    def __init__(self, network):
        self._network, self._ok = network, False
        network.contexts.append(self)

    def ok(self):
        return self._ok

    def start(self):
        assert not self._ok
        self._ok = True

    def try_shutdown(self):
        self._ok = False


class QoSProfile:
    def __init__(self, *, depth, durability="VOLATILE", reliability="RELIABLE"):
        self.depth, self.durability, self.reliability = depth, durability, reliability


class Node:
    def __init__(self, name, network, context):
        assert context.ok()
        self.name, self._network, self.context, self.destroyed = name, network, context, False
        network.nodes.append(self)

    def create_subscription(self, msg_type, topic, callback, qos_profile):
        assert isinstance(msg_type, type)
        assert isinstance(qos_profile, QoSProfile)
        self._network.subscriptions[topic] = SimpleNamespace(kind=msg_type, callback=callback, qos=qos_profile)

    def create_publisher(self, msg_type, topic, qos_profile):
        assert isinstance(msg_type, type)
        assert isinstance(qos_profile, QoSProfile)
        published = self._network.publishers[topic] = []

        def publish(message):
            assert isinstance(message, msg_type)
            assert self.context.ok()
            published.append(message)

        return SimpleNamespace(publish=publish)

    def get_clock(self):
        return SimpleNamespace(now=lambda: SimpleNamespace(nanoseconds=self._network.now_ns))

    def get_logger(self):
        return SimpleNamespace(warning=self._network.log.append)

    def destroy_node(self):
        self.destroyed = True


class ExternalShutdownException(Exception):
    pass


class Executor:
    def __init__(self, network, context):
        self._network, self._context, self._nodes, self.is_shut_down = network, context, [], False
        self._spinning = threading.Lock()

    def add_node(self, node):
        self._nodes.append(node)
        return True

    def spin_once(self, timeout_sec=None):
        assert not self.is_shut_down, "it was taken down while it spun"
        with self._spinning:
            if not self._context.ok():
                raise ExternalShutdownException
            if not self._network.waiting:
                time.sleep(min(timeout_sec or 0.01, 0.01))
                return
            topic, message, ns = self._network.waiting[0]
            self._network.now_ns = max(self._network.now_ns, ns)
            if topic in self._network.subscriptions:
                self._network.subscriptions[topic].callback(message)
            self._network.waiting.popleft()

    def shutdown(self, timeout_sec=None):
        assert self._spinning.acquire(timeout=0), "it is taken down while it spins"
        self.is_shut_down = True
        return True


def install(monkeypatch):
    """Put the stand-ins where rclpy and the message packages are; return the network."""
    network = Network()

    def init(*, args=None, context=None, domain_id=None, signal_handler_options=None):
        context = context or network.default
        network.inits.append(args)
        context.start()

    def create_node(node_name, *, context=None, namespace=None):
        return Node(node_name, network, context or network.default)

    def ok(*, context=None):
        return (context or network.default).ok()

    sensor = QoSProfile(depth=5, reliability="BEST_EFFORT")
    durability = SimpleNamespace(TRANSIENT_LOCAL="TRANSIENT_LOCAL", VOLATILE="VOLATILE")
    parts = {
        "rclpy": {"init": init, "create_node": create_node, "ok": ok},
        "rclpy.context": {"Context": lambda: Context(network)},
        "rclpy.utilities": {"get_default_context": lambda: network.default},
        "rclpy.executors": {"SingleThreadedExecutor": lambda *, context=None: Executor(network, context)},
        "rclpy.qos": {"QoSProfile": QoSProfile, "qos_profile_sensor_data": sensor, "DurabilityPolicy": durability},
    }  # fmt: skip
    for package in PACKAGES:
        kinds = {
            kind.rpartition("/")[2]: of for kind, of in network.types.types.items() if kind.startswith(f"{package}/")
        }
        parts[package], parts[f"{package}.msg"] = {}, kinds
    for name, members in parts.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    return network


def wire(network, message):
    """A message that was made for rclpy after the wire: arrays of numbers have the type that rclpy asks for."""
    kind = message.__msgtype__
    plain = _as_rosbags(message)
    return network.types.deserialize_cdr(network.types.serialize_cdr(plain, kind), kind)


def _as_rosbags(message):
    if isinstance(message, array.array):
        return np.frombuffer(message.tobytes(), {"b": np.int8, "B": np.uint8}[message.typecode])
    if isinstance(message, list):
        return [_as_rosbags(one) for one in message]
    if hasattr(message, "__dataclass_fields__"):
        fields = {name: _as_rosbags(getattr(message, name)) for name in message.__dataclass_fields__}
        fields.pop("__msgtype__", None)
        return type(message)(**fields)
    return message
