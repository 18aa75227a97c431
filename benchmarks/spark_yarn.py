"""YARN on one machine: a ResourceManager and a NodeManager of Maven Central as processes, and local files as its file system."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

HADOOP = "3.4.2"
# YARN's daemons, and what their jar lacks on Java 17.
YARN = [("org.apache.hadoop", "hadoop-client-minicluster", HADOOP), ("org.apache.hadoop", "hadoop-client-api", HADOOP),
        ("org.apache.hadoop", "hadoop-client-runtime", HADOOP), ("javax.xml.bind", "jaxb-api", "2.3.1"),
        ("com.sun.xml.bind", "jaxb-impl", "2.3.9"), ("javax.servlet", "javax.servlet-api", "4.0.1"),
        ("org.bouncycastle", "bcpkix-jdk18on", "1.78.1"), ("org.slf4j", "slf4j-reload4j", "1.7.36")]
LOG = """log4j.rootLogger=INFO, stderr
log4j.appender.stderr=org.apache.log4j.ConsoleAppender
log4j.appender.stderr.target=System.err
log4j.appender.stderr.layout=org.apache.log4j.PatternLayout
log4j.appender.stderr.layout.ConversionPattern=%d{ISO8601} %p %c{1}: %m%n
"""
SCHEDULER = "org.apache.hadoop.yarn.server.resourcemanager.scheduler.fifo.FifoScheduler"


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


class Yarn:
    """The daemons, and what a driver needs to find them."""

    master = "yarn"

    def __init__(self, work, jars):
        self.work = work / "yarn"
        self.jars = jars
        self.configuration = self.work / "conf"
        self.configuration.mkdir(parents=True)
        self.page = free_address()
        self.daemons = []
        self.environment = {"HADOOP_CONF_DIR": str(self.configuration)}
        self.settings = {"spark.yarn.stagingDir": (work / "staging").as_uri()}
        manager = {key: free_address() for key in ("address", "scheduler.address", "resource-tracker.address", "admin.address")}
        node = {"hostname": "127.0.0.1", "address": "127.0.0.1:0", "localizer.address": free_address(),
                "webapp.address": "127.0.0.1:0", "resource.memory-mb": 8192, "resource.cpu-vcores": 8,
                "vmem-check-enabled": "false", "local-dirs": self.work / "local", "log-dirs": self.work / "logs",
                "disk-health-checker.max-disk-utilization-per-disk-percentage": 99}
        self.write("yarn-site.xml", {
            **{f"yarn.resourcemanager.{key}": value for key, value in manager.items()},
            **{f"yarn.nodemanager.{key}": value for key, value in node.items()},
            "yarn.resourcemanager.hostname": "127.0.0.1", "yarn.resourcemanager.webapp.address": self.page,
            "yarn.resourcemanager.scheduler.class": SCHEDULER, "yarn.scheduler.minimum-allocation-mb": 256})
        (self.configuration / "log4j.properties").write_text(LOG)
        self.write("core-site.xml", {"fs.defaultFS": "file:///", "hadoop.tmp.dir": self.work / "tmp"})

    def write(self, name, settings):
        lines = "".join(f"<property><name>{key}</name><value>{value}</value></property>" for key, value in settings.items())
        (self.configuration / name).write_text(f"<configuration>{lines}</configuration>")

    def start(self, home):
        """Starts the daemons, and waits until the node has registered."""
        self.settings["spark.yarn.jars"] = f"local:{home}/jars/*"
        opens = [f"--add-opens=java.base/java.{package}=ALL-UNNAMED" for package in ("lang", "util", "io", "net")]
        environment = dict(os.environ, JAVA_HOME=java_home())
        for name in ("resourcemanager.ResourceManager", "nodemanager.NodeManager"):
            words = ["java", "-Xmx256m", "-XX:+UseSerialGC", *opens, "-cp", f"{self.configuration}:{self.jars}/*",
                     f"org.apache.hadoop.yarn.server.{name}"]
            log = open(self.work / f"{name}.log", "w")
            self.daemons.append(subprocess.Popen(words, stdout=log, stderr=log, env=environment))
        end = time.time() + 300
        while self.nodes() < 1:
            if time.time() > end or any(daemon.poll() is not None for daemon in self.daemons):
                sys.exit(f"spark-submit: YARN does not start; see {self.work}")
            time.sleep(1)

    def nodes(self):
        question = urllib.request.Request(f"http://{self.page}/ws/v1/cluster/metrics", headers={"Accept": "application/json"})
        try:
            with urllib.request.urlopen(question, timeout=5) as answer:
                return int(re.search(r'"activeNodes":(\d+)', answer.read().decode()).group(1))
        except (urllib.error.URLError, OSError):
            return 0

    def end(self):
        for daemon in self.daemons:
            daemon.terminate()
        for daemon in self.daemons:
            daemon.wait()


def java_home():
    settings = subprocess.run(["java", "-XshowSettings:properties", "-version"], capture_output=True, text=True).stderr
    return re.search(r"java\.home = (.*)", settings).group(1)
