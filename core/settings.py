"""Every setting, typed: environment over `.env` over default, all documented in `.env.example`.

Secrets have no default outside the sandbox: `Settings` refuses to start without them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SANDBOX_SECRET = "sandbox-secret-not-for-production"  # noqa: S105 - public on purpose, refused outside the sandbox


class Settings(BaseSettings):
    """What an operator may set; the environment variable is ``TONGDA_`` and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="TONGDA_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Path("var")  # databases, models, indexes, logs
    host: str = "127.0.0.1"
    port: int = 8000
    log_level: str = "INFO"
    log_json: bool = True

    database_url: str = ""  # empty: SQLite in data_dir
    secret_key: SecretStr = SecretStr("")  # signs sessions and tokens
    action_token: SecretStr = SecretStr("")  # shared by Rasa and the action endpoint
    staff_token: SecretStr = SecretStr("")  # the command line's; stands for an administrator
    rest_tokens: Annotated[tuple[str, ...], NoDecode] = ()  # REST clients outside the sandbox
    widget_origins: Annotated[tuple[str, ...], NoDecode] = ()  # empty: same origin and loopback only

    rasa_urls: Annotated[tuple[str, ...], NoDecode] = ("http://127.0.0.1:5005",)
    rasa_timeout_s: float = 10.0

    sandbox: bool = True  # run the embedded billing sandbox; false needs bss_url and secrets
    sandbox_port: int = 8010
    bss_url: str = ""  # base of the TM Forum APIs; empty: the sandbox
    bss_token: SecretStr = SecretStr("")
    bss_timeout_s: float = 3.0

    encoder: str = ""  # a sentence-transformers model, local folder or hub id; empty: the model trained here

    code_lifetime_s: int = 300  # how long a one-time code is valid
    code_wrong_tries: int = 3
    code_per_number_hour: int = 0  # 0: 5, in the sandbox 60
    code_per_sender_hour: int = 0  # 0: 10, in the sandbox 120
    identity_lifetime_s: int = 1800  # how long a proven number stays bound to a channel identity

    topup_min_fen: int = 100
    topup_max_fen: int = 50_000
    pending_lifetime_s: int = 600  # how long a payment or order waits for its confirmation
    idle_check_s: int = 120  # of silence, then the customer is asked whether they are still there
    idle_close_s: int = 300  # of silence, then the conversation ends
    rating_waits_s: int = 600  # how long the question for a rating stays open
    message_max_chars: int = 2_000
    messages_per_minute: int = 600  # of one sender; 0: no limit
    complaint_promise_h: int = 48  # hours until the first answer to a complaint
    fault_promise_h: int = 48  # hours until a fault is repaired

    question_words_days: int = 180  # how long the words of questions are kept for the operator; counts stay

    notice_days: int = 14  # an article or offering that ends within so many days is told to operators

    handoff_average_s: int = 300  # an agent's conversation, until the day's own figures are known
    handoff_position_s: int = 60  # a waiting customer hears of a better place at most this often
    handoff_give_up_s: int = 600  # a wait with nobody online; then a ticket is made

    wechat_accounts: str = ""  # a YAML file of official accounts; empty: none (the sandbox has `demo`)
    wechat_api_base: str = ""  # empty: WeChat's own, for the sandbox's account the simulator
    wechat_simulator_port: int = 8020
    wechat_passive_s: float = 4.0  # how long a callback waits for its answer; WeChat gives up after 5
    wechat_timeout_s: float = 10.0  # of one call of WeChat's API
    wechat_calls_per_minute: int = 6_000  # of the API, for each account and process
    wechat_sms: bool = False  # a notice by SMS when WeChat allows no more messages
    wechat_speech_url: str = ""  # a speech recogniser; empty: customers are asked to type

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, object]) -> dict[str, object]:
        for name in ("rest_tokens", "widget_origins", "rasa_urls"):
            if isinstance(raw := values.get(name), str):
                values[name] = tuple(part.strip() for part in raw.split(",") if part.strip())
        return values

    @model_validator(mode="after")
    def _require_secrets(self) -> Settings:
        if self.sandbox:
            return self
        missing = [
            name
            for name in ("secret_key", "action_token", "bss_url", "rest_tokens", "widget_origins")
            if not _is_set(getattr(self, name))
        ]
        if missing:
            names = ", ".join("TONGDA_" + name.upper() for name in missing)
            raise ValueError(f"outside the sandbox these settings are required: {names}")
        if SANDBOX_SECRET in (self.secret, self.action_secret, self.staff_secret, *self.rest_tokens):
            raise ValueError("outside the sandbox its public secret is refused: choose your own")
        return self

    @property
    def secret(self) -> str:
        """The signing secret; the sandbox has a public one."""
        return self.secret_key.get_secret_value() or SANDBOX_SECRET

    @property
    def action_secret(self) -> str:
        """The token Rasa shows to the action endpoint."""
        return self.action_token.get_secret_value() or SANDBOX_SECRET

    @property
    def staff_secret(self) -> str:
        """The command line's token; empty outside the sandbox means that there is none."""
        return self.staff_token.get_secret_value() or (SANDBOX_SECRET if self.sandbox else "")

    @property
    def codes_an_hour(self) -> tuple[int, int]:
        """How many codes one number is sent, and one sender may ask for, in an hour; testers need more than customers."""
        number, sender = (60, 120) if self.sandbox else (5, 10)
        return self.code_per_number_hour or number, self.code_per_sender_hour or sender

    @property
    def database(self) -> str:
        """The SQLAlchemy URL."""
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'tongda.db').as_posix()}"

    @property
    def bss_base(self) -> str:
        """Where the TM Forum APIs are."""
        return self.bss_url or f"http://127.0.0.1:{self.sandbox_port}"


def _is_set(value: object) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


class SandboxSettings(BaseSettings):
    """What the sandbox billing system reads for itself; kept apart so that production never carries it."""

    model_config = SettingsConfigDict(env_prefix="TONGDA_SANDBOX_", extra="ignore", frozen=True)

    seed: int = Field(
        default=20260101, description="the sandbox's subscribers and bills are a function of it"
    )
