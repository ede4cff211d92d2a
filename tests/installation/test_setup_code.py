"""Who may install: a code that needs no storing, or one the operator chose, or anybody."""

import pytest
from pydantic import SecretStr

from saleor_crm_app.config import Settings, SettingsError
from saleor_crm_app.installation.setup_code import opens, setup_code

ONE, TWO = SecretStr("the first secret key"), SecretStr("the second secret key")


def chosen(code: str) -> Settings:
    return Settings(secret_key=ONE, setup_code=SecretStr(code))


def test_every_machine_with_the_same_key_knows_the_same_code() -> None:
    code = setup_code(Settings(secret_key=ONE))
    assert code == setup_code(Settings(secret_key=ONE, secret_key_fallbacks=(TWO,)))
    assert code != setup_code(Settings(secret_key=TWO))
    assert code is not None
    assert (len(code), code.isalnum(), code.islower()) == (16, True, True)


def test_the_operator_may_choose_or_open() -> None:
    assert setup_code(chosen("open-sesame")) == "open-sesame"
    assert setup_code(chosen("off")) is None


def test_without_key_and_code_nobody_may_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        setup_code(Settings())


@pytest.mark.parametrize("given", [None, "", "open", "open-sesame ", "OPEN-SESAME", "open-sesamé", "x" * 9999])
def test_only_the_very_code_opens(given: str | None) -> None:
    assert not opens(given, chosen("open-sesame"))
    assert opens("open-sesame", chosen("open-sesame"))
    assert opens(given, chosen("off"))
