"""Installing apps and everything that can happen to them afterwards."""

import json
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import httpx

from saleor_crm_app.demo.apps import App, Webhook
from saleor_crm_app.demo.errors import InstallFailed
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.http import new_client
from saleor_crm_app.demo.manifest import Manifest, read_manifest, read_webhook
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.state import ShopState

TOKEN_LENGTH = 30
_LONGEST_MESSAGE = 255


class AppStore:
    """The install handshake of a real Saleor, step by step, and the life of an app after it."""

    def __init__(self, state: ShopState, api_url: Callable[[], str]) -> None:
        self._state = state
        self._api_url = api_url

    async def install(
        self,
        manifest_url: str,
        *,
        app_name: str | None = None,
        activate: bool = True,
        grant: Iterable[Permission] | None = None,
    ) -> App:
        """Fetch the manifest, make the app with its webhooks, hand over a new token.

        `grant` is what staff allows instead of all that is asked for. Raises InstallFailed, and no trace of
        the app is left, when any step fails: `error.message` of the app's answer is what staff reads.
        """
        async with new_client() as client:
            manifest = read_manifest(await self._fetch(client, manifest_url), self._state.version)
            granted = (
                frozenset(Permission(name) for name in manifest.permissions) if grant is None else frozenset(grant)
            )
            app = self._make(manifest, granted, app_name=app_name, activate=activate)
            app.manifest_url = manifest_url
            if manifest.token_target_url is not None:
                app.token = self._state.new_key(TOKEN_LENGTH)
                await self._hand_over(client, app, manifest.token_target_url)
        self._state.events.tell(EventType.APP_INSTALLED, about=app, by=self._state.staff)
        return app

    async def reinstall(self, app: App) -> App:
        """Uninstall and install again: another id, another token, the old one dead."""
        self.uninstall(app)
        return await self.install(app.manifest_url, app_name=app.name, grant=app.permissions)

    def uninstall(self, app: App) -> None:
        """Remove an app; it hears of it when its token opens nothing any more."""
        app.is_removed = True
        app.is_active = False
        self._state.events.tell(EventType.APP_DELETED, about=app, by=self._state.staff)

    def deactivate(self, app: App) -> None:
        app.is_active = False
        self._state.events.tell(EventType.APP_STATUS_CHANGED, about=app, by=self._state.staff)

    def activate(self, app: App) -> None:
        app.is_active = True
        self._state.events.tell(EventType.APP_STATUS_CHANGED, about=app, by=self._state.staff)

    def allow(self, app: App, permissions: Iterable[Permission]) -> None:
        """Replace what an app may do (`appUpdate`)."""
        app.permissions = frozenset(permissions)
        self._state.events.tell(EventType.APP_UPDATED, about=app, by=self._state.staff)

    async def _fetch(self, client: httpx.AsyncClient, manifest_url: str) -> object:
        headers = {"Saleor-Schema-Version": self._state.version.value, **self._common_headers()}
        for tries_left in reversed(range(self._state.version.manifest_tries)):
            try:
                answer = await client.get(manifest_url, headers=headers)
                answer.raise_for_status()
                content: object = answer.json()
            except httpx.TransportError as error:
                if not tries_left:
                    raise InstallFailed("Unable to connect to the manifest.") from error
            except (httpx.HTTPStatusError, ValueError) as error:
                raise InstallFailed(f"Unable to fetch the manifest: {error}") from error
            else:
                return content
        raise InstallFailed("Unable to connect to the manifest.")

    def _make(self, manifest: Manifest, granted: frozenset[Permission], *, app_name: str | None, activate: bool) -> App:
        for other in self._state.apps.values():
            if other.identifier == manifest.id and not other.is_removed:
                raise InstallFailed(f"App with the same identifier is already installed: {other.name}")
        webhooks = [self._webhook(manifest, index) for index in range(len(manifest.webhooks))]
        app = App(
            pk=self._state.next_number("App"),
            name=app_name or manifest.name,
            identifier=manifest.id,
            permissions=granted,
            is_active=activate,
            audience=manifest.audience,
            webhooks=webhooks,
        )
        self._state.apps[app.pk] = app
        return app

    def _webhook(self, manifest: Manifest, index: int) -> Webhook:
        said = manifest.webhooks[index]
        document, events = read_webhook(said, self._state.version)
        return Webhook(
            pk=self._state.next_number("Webhook"),
            name=said.name,
            target_url=said.target_url,
            subscription_query=said.query,
            document=document,
            events=events,
            is_active=said.is_active,
            identifier=said.identifier,
            custom_headers=dict(said.custom_headers),
        )

    async def _hand_over(self, client: httpx.AsyncClient, app: App, url: str) -> None:
        domain = urlsplit(self._api_url()).netloc
        headers = {
            **self._common_headers(),
            "Content-Type": "application/json",
            "X-Saleor-Domain": domain,
            "Saleor-Domain": domain,
            "Saleor-Api-Url": self._api_url(),
            "Saleor-Schema-Version": self._state.version.value,
        }
        try:
            answer = await client.post(url, content=json.dumps({"auth_token": app.token}), headers=headers)
        except httpx.HTTPError as error:
            self._forget(app)
            raise InstallFailed("Failed to connect to app. Try later or contact with app support.") from error
        if answer.status_code >= 400:
            self._forget(app)
            raise InstallFailed(_refusal(answer)[:_LONGEST_MESSAGE])

    def _forget(self, app: App) -> None:
        app.is_removed = True
        app.is_active = False
        self._state.apps.pop(app.pk)

    def _common_headers(self) -> dict[str, str]:
        return {
            "User-Agent": self._state.version.user_agent,
            "Accept-Encoding": "gzip, deflate",
            "Accept": "*/*",
        }


def _refusal(answer: httpx.Response) -> str:
    """What the app says in `error.message`, else only its status."""
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"App internal error ({answer.status_code})"
