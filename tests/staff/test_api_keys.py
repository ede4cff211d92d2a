"""Programs call the staff API with a key: one with the staff scope may all that staff may, in its own shop alone."""

import pytest

from saleor_crm_app.saleor.api_keys import ApiKeys
from tests.door import Door, Shop
from tests.shop import order
from tests.staff.test_permissions import OPERATIONS

MEMBERS = "{ members { totalCount } installation { apiUrl } }"


@pytest.mark.parametrize("query", OPERATIONS)
async def test_the_staff_scope_opens_every_operation(door: Door, shop: Shop, api_keys: ApiKeys, query: str) -> None:
    key = await api_keys.create(shop.id, name="till", scopes=["staff:*"])
    response = await door.ask(query, token=key)
    assert (response.status_code, "PERMISSION_DENIED" in response.text) == (200, False)


async def test_a_key_sees_its_own_shop_alone(door: Door, shop: Shop, other_shop: Shop, api_keys: ApiKeys) -> None:
    await shop.says(order(charged=10000))
    for one, members in ((shop, 1), (other_shop, 0)):
        key = await api_keys.create(one.id, name="till", scopes=["staff:*"])
        seen = (await door.ask(MEMBERS, token=key)).json()["data"]
        assert seen == {"members": {"totalCount": members}, "installation": {"apiUrl": one.api_url}}


async def test_other_scopes_and_revoked_keys_are_refused(door: Door, shop: Shop, api_keys: ApiKeys) -> None:
    narrow = await api_keys.create(shop.id, name="events", scopes=["events:write"])
    revoked = await api_keys.create(shop.id, name="old", scopes=["staff:*"])
    await api_keys.revoke(shop.id, revoked.split("_")[1])
    for key in (narrow, revoked, "crm_", "crm_0_0"):
        assert (await door.ask(MEMBERS, token=key)).status_code == 401
