"""Hosts that are network namespaces of this machine, on one bridge, with links of a given rate."""

import contextlib
import os
import shutil
import subprocess

from relayed_links import MTU, Relay, seconds

BRIDGE = "coconutbr"
TRIAL = "coconutprobe"


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def trial_namespace():
    """A namespace to try commands in; whether it could be made."""
    try:
        yield attempt("ip", "netns", "add", TRIAL)
    finally:
        attempt("ip", "netns", "del", TRIAL)


def attempt(*words):
    """Runs a command that may fail; returns whether it succeeded."""
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def can_make_namespaces(*tools):
    """Whether this user and kernel can, and the tools are there."""
    if os.geteuid() != 0 or not all(map(shutil.which, ["ip", "tc", *tools])):
        return False
    with trial_namespace() as made:
        return made


def has_netem():
    """Whether the kernel can delay packets."""
    with trial_namespace():
        return attempt("ip", "netns", "exec", TRIAL, "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")


class Hosts:
    """Namespaces coconut0, coconut1, … with addresses of one network; links have their rate and delay from the host `first` on.

    `payload` is the part of a link's bytes that is not headers of TCP, IP and Ethernet.
    """

    def __init__(self, count, network, rate=None, delay="0ms", first=0):
        self.count, self.network = count, network
        self.relay = Relay() if rate and seconds(delay) and not has_netem() else None
        self.payload = (MTU - 52) / MTU if self.relay else 1448 / 1514
        self.clear()
        if not self.relay:
            run("ip", "link", "add", BRIDGE, "type", "bridge")
            run("ip", "link", "set", BRIDGE, "up")
        for i in range(count):
            run("ip", "netns", "add", f"coconut{i}")
            self.add_link(i, *((rate, delay) if rate and i >= first else (None, None)))
            run("ip", "-n", f"coconut{i}", "addr", "add", self.address(i) + "/24", "dev", f"cin{i}")
            run("ip", "-n", f"coconut{i}", "link", "set", f"cin{i}", "up")
            run("ip", "-n", f"coconut{i}", "link", "set", "lo", "up")
        if self.relay:
            self.relay.start()

    def add_link(self, i, rate, delay):
        inner, outer = f"cin{i}", f"cout{i}"
        if self.relay:
            self.relay.add(inner, rate, delay)
            run("ip", "link", "set", inner, "mtu", str(MTU), "netns", f"coconut{i}")
            return
        run("ip", "link", "add", inner, "type", "veth", "peer", "name", outer)
        run("ip", "link", "set", outer, "master", BRIDGE, "up")
        run("ip", "link", "set", inner, "netns", f"coconut{i}")
        if rate:
            shaper = ["netem", "delay", delay, "rate", rate, "limit", "100000"] if seconds(delay) else [
                "tbf", "rate", rate, "burst", "256kb", "latency", "400ms"]
            run("ip", "netns", "exec", f"coconut{i}", "tc", "qdisc", "add", "dev", inner, "root", *shaper)

    def address(self, i):
        return self.network + str(i + 1)

    def start(self, i, words, **options):
        """Starts a process on a host, with the options of Popen."""
        return subprocess.Popen(["ip", "netns", "exec", f"coconut{i}", *words], **options)

    def ports(self, i):
        """The ports on which a host's processes listen."""
        listing = subprocess.run(["ip", "netns", "exec", f"coconut{i}", "ss", "-Hltn"], capture_output=True, text=True).stdout
        return [line.split()[3].rsplit(":", 1)[1] for line in listing.splitlines()]

    def link(self, i, state):
        """Takes a host's link up or down."""
        if self.relay:
            (self.relay.down.discard if state == "up" else self.relay.down.add)(i)
            return
        run("ip", "link", "set", f"cout{i}", state)

    def end(self):
        if self.relay:
            self.relay.end()
        self.clear()

    def clear(self):
        for i in range(self.count):
            attempt("ip", "netns", "del", f"coconut{i}")
            attempt("ip", "link", "del", f"cout{i}")
        attempt("ip", "link", "del", BRIDGE)
