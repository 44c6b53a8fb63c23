"""The whole connector on one machine: ministack runs the synthesised templates, a double replaces Textract.

    with LocalStack(folder, chorus_base_url=simulator.base_url) as stack:
        httpx.get(f"{stack.api_url}/suppliers", headers={"Authorization": f"Bearer {stack.admin_token()}"})

Everything the stack writes is under its folder, and every process it starts ends with it. It listens on the
loopback address only. It does not start the Chorus Pro simulator: the caller gives its address.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from infra_cdk.environment import ENVIRONMENTS
from tools.local_stack.checkpoints import EVERY_SECONDS, latest
from tools.local_stack.deploy import deploy
from tools.local_stack.deployed import KEY, REGION, DeployedStack
from tools.local_stack.kept_process import KeptProcess
from tools.local_stack.ports import LOCALHOST, free_ports, is_listening
from tools.local_stack.synthesis import ROOT, local_templates

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "SSL_CERT_FILE", "VIRTUAL_ENV")


class LocalStack(DeployedStack):
    """The connector deployed on ministack, ready to be called.

    `chorus_base_url` is the simulator's root (`http://127.0.0.1:PORT`). With `keep` the state survives in its
    folder: completely after an orderly stop or when the parent process is killed; without the last
    `checkpoint_seconds` when the emulator itself is killed. `resumed` is the checkpoint that the start has loaded.
    `retry_after` (seconds) shortens the queues' visibility timeout, so that a failed message is retried soon; it must
    be longer than the slowest handler.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        chorus_base_url: str,
        port: int | None = None,
        textract_port: int | None = None,
        functions: Path = ROOT / "functions",
        keep: bool = False,
        checkpoint_seconds: float = EVERY_SECONDS,
        retry_after: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.state_dir = state_dir
        self.chorus_base_url = chorus_base_url.rstrip("/")
        super().__init__(*self._ports(port, textract_port, keep=keep), outputs={})
        self._functions = functions
        self._keep = keep
        self._checkpoint_seconds = checkpoint_seconds
        self.resumed = latest(state_dir / "state") if keep else None
        self._retry_after = retry_after
        self._environment = dict(environment or {})
        self._running = ExitStack()
        self._processes: list[KeptProcess] = []

    def _ports(self, port: int | None, textract_port: int | None, *, keep: bool) -> tuple[int, int]:
        """The ports requested, else those of the kept state, else free ones.

        The URLs of kept queues contain the port: with another port no message would be delivered.
        """
        noted = self.state_dir / "ports.json"
        earlier = json.loads(noted.read_text()) if keep and noted.exists() else [None, None]
        if port and earlier[0] not in {None, port}:
            raise RuntimeError(
                f"the state in {self.state_dir} was made on port {earlier[0]}: use that one, or remove it"
            )
        free = free_ports(2)
        return port or earlier[0] or free[0], textract_port or earlier[1] or free[1]

    # Starting and stopping.

    def start(self) -> Self:
        """Start every process and deploy; stops all of them on any failure."""
        for port in (self.port, self.textract_port):
            if is_listening(port):
                raise RuntimeError(f"port {port} is taken: stop what listens there, or choose another")
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    @property
    def broken(self) -> bool:
        """Whether one of its processes has ended although it was not stopped; nothing works then."""
        return any(each.ended for each in self._processes)

    def stop(self) -> None:
        """End every process; does nothing the second time."""
        self._running.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> None:
        self.state_dir.mkdir(parents=True, exist_ok=True)
        if self._keep:
            for leftover in self.state_dir.glob("run-*"):  # left by a killed run; its ports are free, so it has ended
                shutil.rmtree(leftover, ignore_errors=True)
            (self.state_dir / "ports.json").write_text(json.dumps([self.port, self.textract_port]))
        self._temporary = Path(
            self._running.enter_context(tempfile.TemporaryDirectory(prefix="run-", dir=self.state_dir))
        )
        ministack = self._keep_process(
            "tools.local_stack.checkpoints",
            ["tools.local_stack.emulator"],
            self._ministack_environment(),
            log="ministack",
        )
        textract = self._keep_process(
            "tools.local_stack.textract_double",
            ["--port", str(self.textract_port)],
            self._base_environment() | {"AWS_ENDPOINT_URL": self.endpoint_url},
        )
        with ThreadPoolExecutor(1) as pool:
            templates = pool.submit(local_templates, self._functions)
            ministack.wait_until(lambda: _answers(f"{self.endpoint_url}/_ministack/ready"))
            self.outputs = deploy(
                templates.result(),
                self.boto_client,
                parameters={
                    "ChorusTokenUrl": f"{self.chorus_base_url}/api/oauth/token",
                    "ChorusApiBase": f"{self.chorus_base_url}/cpro",
                    "ChorusCertificateBase": f"{self.chorus_base_url}/service",
                    "SignInUrl": self.sign_in_url,
                    "UploadOrigin": self.endpoint_url,
                },
            )
        self._verify_sender()
        if self._retry_after is not None:
            self._shorten_retries(self._retry_after)
        textract.wait_until(lambda: _answers(f"{self.textract_url}/_double/ready"))

    def _verify_sender(self) -> None:
        """Let e-mail be sent: the operator verifies the sender in SES, and no template does."""
        ses = self.boto_client("sesv2")
        with suppress(ses.exceptions.AlreadyExistsException):  # it exists in the kept state
            ses.create_email_identity(EmailIdentity=ENVIRONMENTS["local"].email_sender)

    def _keep_process(
        self, module: str, arguments: list[str], environment: Mapping[str, str], *, log: str = ""
    ) -> KeptProcess:
        path = self.state_dir / f"{log or module.rsplit('.', 1)[-1]}.log"
        process = self._running.enter_context(KeptProcess(module, arguments, environment=environment, log=path))
        self._processes.append(process)
        return process

    def _base_environment(self) -> dict[str, str]:
        """A few variables of the caller's environment, without its AWS profile and its proxies."""
        inherited = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return inherited | {
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(self._temporary),
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_DEFAULT_REGION": REGION,
        }

    def _ministack_environment(self) -> dict[str, str]:
        """The emulator's environment. Lambda workers inherit it, and so find Textract's double."""
        environment = self._base_environment() | {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": LOCALHOST,
            "MINISTACK_HOST": LOCALHOST,
            "MINISTACK_REGION": REGION,
            "AUTH": "true",  # evaluate IAM policies: a permission that the template lacks is denied here too
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            # Without this, it removes containers that it takes for its own leftovers.
            "DOCKER_HOST": f"unix://{self._temporary}/no-docker",
            "S3_DATA_DIR": str(self.state_dir / "s3"),
            "STATE_DIR": str(self.state_dir / "state"),
            "AWS_ENDPOINT_URL_TEXTRACT": self.textract_url,
        }
        if self._keep:
            seconds = str(self._checkpoint_seconds)
            environment |= {"PERSIST_STATE": "1", "S3_PERSIST": "1", "CHECKPOINT_SECONDS": seconds}
        return environment | self._environment

    def _shorten_retries(self, seconds: int) -> None:
        for name, url in self.outputs.items():
            # a removal runs for as long as its function may: a second delivery would compete with it
            if name.endswith("QueueUrl") and name != "RemovalQueueUrl":
                self.boto_client("sqs").set_queue_attributes(
                    QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)}
                )


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == HTTPStatus.OK
    except httpx.TransportError:
        return False
