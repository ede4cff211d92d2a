"""Secrets at rest open only where they belong, and only with a key we hold."""

import pytest

from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.saleor.secrets import CannotOpen, Vault

ONE, OTHER = InstallationId(new_id()), InstallationId(new_id())


def test_opens_what_it_sealed() -> None:
    sealed = Vault(["key one"]).seal("tökén", installation=ONE, column="token")
    assert Vault(["key one"]).open(sealed, installation=ONE, column="token") == "tökén"


def test_the_plain_text_is_nowhere_inside_and_no_two_sealings_are_alike() -> None:
    vault = Vault(["key one"])
    sealed = {vault.seal("t0ken" * 6, installation=ONE, column="token") for _ in range(50)}
    assert len(sealed) == 50
    assert not any(b"t0ken" in one for one in sealed)


@pytest.mark.parametrize(("installation", "column"), [(OTHER, "token"), (ONE, "other")])
def test_a_secret_moved_to_another_row_or_column_is_refused(installation: InstallationId, column: str) -> None:
    vault = Vault(["key one"])
    sealed = vault.seal("token", installation=ONE, column="token")
    with pytest.raises(CannotOpen):
        vault.open(sealed, installation=installation, column=column)


def test_every_altered_byte_is_noticed() -> None:
    vault = Vault(["key one"])
    sealed = vault.seal("token", installation=ONE, column="token")
    for place in range(len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(CannotOpen):
            vault.open(altered, installation=ONE, column="token")


@pytest.mark.parametrize("length", range(30))
def test_a_cut_secret_is_refused(length: int) -> None:
    vault = Vault(["key one"])
    with pytest.raises(CannotOpen):
        vault.open(vault.seal("token", installation=ONE, column="token")[:length], installation=ONE, column="token")


def test_keys_change_without_losing_what_was_sealed_before() -> None:
    # given
    old = Vault(["old"]).seal("token", installation=ONE, column="token")
    both = Vault(["new", "old"])
    # when
    new = both.seal("token", installation=ONE, column="token")
    # then
    assert [both.open(one, installation=ONE, column="token") for one in (old, new)] == ["token", "token"]
    assert [both.is_current(one) for one in (old, new)] == [False, True]
    with pytest.raises(CannotOpen, match="add it back as a fallback"):
        Vault(["new"]).open(old, installation=ONE, column="token")


@pytest.mark.parametrize("keys", [[], [""], ["key", ""]])
def test_a_vault_without_a_key_is_no_vault(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Vault(keys)
