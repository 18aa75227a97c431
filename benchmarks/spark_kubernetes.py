"""The part of Kubernetes' API that Spark's client uses; each pod is a process of this machine with a loopback address of its own.

It checks what Coconut4j and Spark do with each other on Kubernetes: settings, jars, pods and their ends. It is no cluster: there
is no container image, no scheduler, no network between nodes, no service account and no limit of memory.
"""

import http.server
import json
import os
import re
import signal
import subprocess
import threading
import urllib.parse
import uuid

BACKEND = "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend"


class Pod:
    """A pod with one container, started as the entry point of Spark's image starts an executor."""

    def __init__(self, resource, address, home, work):
        self.resource, self.address = resource, address
        metadata = resource["metadata"]
        metadata |= {"uid": str(uuid.uuid4()), "resourceVersion": "1", "creationTimestamp": "2026-01-01T00:00:00Z"}
        self.name = metadata["name"]
        self.folder = work / self.name
        self.folder.mkdir(parents=True)
        self.process = self.start(self.environment(), home)

    def environment(self):
        """The container's variables; the volume for scratch files is a folder here."""
        fields = {"status.podIP": self.address, "metadata.name": self.name}
        container = self.resource["spec"]["containers"][0]
        values = {entry["name"]: entry["value"] if "value" in entry else fields[entry["valueFrom"]["fieldRef"]["fieldPath"]]
                  for entry in container["env"]}
        return values | {"SPARK_LOCAL_DIRS": str(self.folder), "PATH": os.environ["PATH"], "SPARK_SCALA_VERSION": "2.13"}

    def start(self, values, home):
        options = [value for name, value in sorted(values.items(), key=lambda item: int(re.sub(r"\D", "", item[0]) or 0))
                   if name.startswith("SPARK_JAVA_OPT_")]
        memory = values["SPARK_EXECUTOR_MEMORY"]
        words = ["java", *options, f"-Xms{memory}", f"-Xmx{memory}", "-cp", f"{home}/jars/*", BACKEND,
                 "--driver-url", values["SPARK_DRIVER_URL"], "--executor-id", values["SPARK_EXECUTOR_ID"],
                 "--cores", values["SPARK_EXECUTOR_CORES"], "--app-id", values["SPARK_APPLICATION_ID"],
                 "--hostname", values["SPARK_EXECUTOR_POD_IP"], "--resourceProfileId", values["SPARK_RESOURCE_PROFILE_ID"],
                 "--podName", values["SPARK_EXECUTOR_POD_NAME"]]
        with open(self.folder / "log", "w") as log:
            return subprocess.Popen(words, stdout=log, stderr=log, env=values, cwd=self.folder)

    def described(self):
        status = self.process.poll()
        name = self.resource["spec"]["containers"][0]["name"]
        state = {"running": {}} if status is None else {"terminated": {"exitCode": status % 256}}
        phase = "Running" if status is None else "Failed" if status else "Succeeded"
        return self.resource | {"kind": "Pod", "apiVersion": "v1", "status": {
            "phase": phase, "podIP": self.address, "containerStatuses": [
                {"name": name, "ready": status is None, "restartCount": 0, "image": "none", "imageID": "none", "state": state}]}}

    def has(self, selector):
        """Whether the pod has the labels of a selector: KEY=VALUE or KEY in (VALUE,…). Terms with != are ignored."""
        labels = self.resource["metadata"]["labels"]
        terms = re.findall(r"([\w./-]+)(?: in \(([^)]*)\)|=([^,]*))", selector)
        return all(labels.get(key) in (some.split(",") if some else [one]) for key, some, one in terms)

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)  # as Kubernetes does by default
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_call(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or "{}")
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        self.server.kubernetes.log(f"{self.command} {self.path}")
        self.answer(*self.server.kubernetes.call(self.command, url.path.split("/")[5:], query, body))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_call

    def log_message(self, *_):
        """Calls are in the log of Kubernetes."""


def refusal(code, reason, message):
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code}, code


class Kubernetes:
    """An API server. While `refuses` is true it denies all calls, as to a user without permission."""

    def __init__(self, work, refuses=False):
        self.work, self.refuses = work / "kubernetes", refuses
        self.work.mkdir()
        self.home = None
        self.pods = {}
        self.started = 0
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.kubernetes = self
        self.master = f"k8s://http://127.0.0.1:{self.server.server_port}"
        self.environment = {}
        self.ends = []
        self.settings = {"spark.kubernetes.container.image": "none", "spark.kubernetes.executor.enableApiWatcher": "false",
                         "spark.kubernetes.executor.apiPollingInterval": "1s", "spark.driver.host": "127.0.0.1"}

    def start(self, home):
        self.home = home
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def log(self, line):
        with self.lock, open(self.work / "calls.log", "a") as file:
            file.write(line + "\n")

    def call(self, method, path, query, body):
        """Answers a call below /api/v1/namespaces/NAME, with a status where it is not 200."""
        kind, name = (path + [None, None])[:2]
        if self.refuses:
            return refusal(403, "Forbidden", f"{kind} is forbidden: User \"nobody\" cannot {method.lower()} resource \"{kind}\"")
        if method == "POST" and kind == "pods":
            return self.create(body), 201
        if method == "POST":
            body["metadata"]["uid"] = str(uuid.uuid4())
            return body, 201
        chosen = [pod for pod in list(self.pods.values()) if kind == "pods" and
                  (pod.name == name if name else pod.has(query.get("labelSelector", "")))]
        if method == "DELETE":
            for pod in chosen:
                self.delete(pod)
            return {"kind": "Status", "apiVersion": "v1", "status": "Success"},
        if name:
            return (chosen[0].described(),) if chosen else refusal(404, "NotFound", f"{kind} \"{name}\" not found")
        return {"kind": "PodList" if kind == "pods" else "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"},
                "items": [pod.described() for pod in chosen]},

    def create(self, body):
        with self.lock:
            self.started += 1
            pod = Pod(body, f"127.0.1.{self.started}", self.home, self.work)
            self.pods[pod.name] = pod
        return pod.described()

    def delete(self, pod):
        del self.pods[pod.name]
        self.ends.append(threading.Thread(target=pod.end))
        self.ends[-1].start()

    def evict(self):
        """Deletes one running pod, as when its node is drained."""
        self.delete(next(pod for pod in self.pods.values() if pod.process.poll() is None))

    def end(self):
        self.server.shutdown()
        for pod in list(self.pods.values()):
            pod.end()
        for thread in self.ends:
            thread.join()
