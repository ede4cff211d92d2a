"""The settings, read once from the environment; every wrong or missing value is named at start-up."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SHORTEST_KEY: Final = 16


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and says what it should be."""


def _words(value: object) -> object:
    """Read a list written with commas or spaces."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


WordList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


class Settings(BaseSettings):
    """What the operator decides. Names are those of the environment variables, in lower case."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    database_url: SecretStr | None = None
    database_owner_url: SecretStr | None = None
    saleor_crm_home: Path = Path.home() / ".saleor-crm"
    secret_key: SecretStr | None = None
    secret_key_fallbacks: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_words)] = ()
    app_api_base_url: str | None = None
    app_iframe_base_url: str | None = None
    allowed_domain_pattern: str = ".*"
    manifest_app_id: str = "saleor.crm"
    dashboard_origins: WordList = ()
    forwarded_allow_ips: str = ""
    app_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    otel_enabled: bool = False
    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    smtp_url: SecretStr | None = None
    allow_private_hosts: bool = False
    keep_uninstalled_days: int = Field(default=90, ge=1)
    setup_code: SecretStr | None = Field(default=None, min_length=3)

    @model_validator(mode="after")
    def _only_postgresql(self) -> Self:
        for name in ("database_url", "database_owner_url"):
            url: SecretStr | None = getattr(self, name)
            if url is not None and not url.get_secret_value().startswith(("postgresql://", "postgres://")):
                raise ValueError(f"{name.upper()} must begin with postgresql://, other databases do not work")
        return self

    @model_validator(mode="after")
    def _a_long_key(self) -> Self:
        if self.secret_key is not None and len(self.secret_key.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"SECRET_KEY must have at least {SHORTEST_KEY} characters")
        return self

    @property
    def embedded_database(self) -> bool:
        """Whether the app runs its own PostgreSQL under `SALEOR_CRM_HOME`."""
        return self.database_url is None

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The key that encrypts, then those that still decrypt.

        Raises SettingsError when there is none.
        """
        if self.secret_key is None:
            raise SettingsError("SECRET_KEY is missing: set it to a long random text; it encrypts tokens at rest")
        return tuple(key.get_secret_value() for key in (self.secret_key, *self.secret_key_fallbacks))


def _sentence(error: ValidationError) -> str:
    faults = []
    for fault in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in fault["loc"]).upper()
        text = fault["msg"].removeprefix("Value error, ")
        faults.append(f"{name}: {text}" if name else text)
    return "Wrong settings: " + "; ".join(faults)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Read the environment once per process.

    Raises SettingsError naming every wrong value.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None
