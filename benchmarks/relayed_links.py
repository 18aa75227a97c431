"""Links with a rate and a delay for kernels without netem: a network of TUN devices, whose packets this process holds back."""

import fcntl
import heapq
import os
import select
import struct
import threading
import time

MTU = 60000  # so that a second has a few thousand packets
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def number(text, units):
    """The value of a text with one of the units, in the base unit."""
    for unit, factor in units.items():
        if text.endswith(unit):
            return float(text[: -len(unit)]) * factor
    raise SystemExit(f"{text} needs a unit, one of {', '.join(units)}.")


def bytes_a_second(rate):
    return number(rate, {"gbit": 1e9 / 8, "mbit": 1e6 / 8})


def seconds(delay):
    return number(delay, {"ms": 1e-3, "us": 1e-6})


class Relay(threading.Thread):
    """A switch between TUN devices. A packet leaves its sender's link after those before it, and arrives a delay later."""

    def __init__(self):
        super().__init__(daemon=True)
        self.devices, self.rates, self.delays, self.free = [], [], [], []
        self.down = set()
        self.ended = threading.Event()

    def add(self, name, rate=None, delay=None):
        """Makes the device of the next host; the host's address ends with its number, from 1."""
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
        self.devices.append(device)
        self.rates.append(bytes_a_second(rate) if rate else float("inf"))
        self.delays.append(seconds(delay) if delay else 0.0)
        self.free.append(0.0)

    def run(self):
        sent, count = [], 0
        while not self.ended.is_set():
            wait = max(0.0, sent[0][0] - time.monotonic()) if sent else 0.1
            for device in select.select(self.devices, [], [], min(wait, 0.1))[0]:
                sender = self.devices.index(device)
                for packet in self.packets(device):
                    count += 1
                    heapq.heappush(sent, (self.arrival(sender, len(packet)), count, sender, packet))
            while sent and sent[0][0] <= time.monotonic():
                _, _, sender, packet = heapq.heappop(sent)
                self.deliver(sender, packet)

    @staticmethod
    def packets(device):
        try:
            for _ in range(64):
                yield os.read(device, 65536)
        except BlockingIOError:
            return

    def arrival(self, sender, size):
        self.free[sender] = max(time.monotonic(), self.free[sender]) + size / self.rates[sender]
        return self.free[sender] + self.delays[sender]

    def deliver(self, sender, packet):
        receiver = packet[19] - 1 if packet[0] >> 4 == 4 else -1  # what is not IPv4 is nobody's
        if 0 <= receiver < len(self.devices) and not {sender, receiver} & self.down:
            os.write(self.devices[receiver], packet)

    def end(self):
        self.ended.set()
        self.join()
        for device in self.devices:
            os.close(device)
