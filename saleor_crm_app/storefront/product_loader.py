"""What products earn, for all fields of one operation at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from strawberry.dataloader import DataLoader

from saleor_crm_app.checkout import Previewer
from saleor_crm_app.checkout.preview import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class OnShelf:
    """A product, by its global id, as a channel sells it."""

    product: str
    channel: str


ProductLoader = DataLoader[OnShelf, int | None]


def product_loader(previewer: Previewer, wish: Wish) -> ProductLoader:
    """Points for whoever makes the wish, whose channel is of no account; None for what cannot be bought."""

    async def load(wanted: list[OnShelf]) -> Sequence[int | None]:
        by_channel: dict[str, list[str]] = defaultdict(list)
        for one in wanted:
            by_channel[one.channel].append(one.product)
        found: Mapping[str, Mapping[str, int]] = {
            channel: await previewer.products.points(replace(wish, channel=channel), products)
            for channel, products in by_channel.items()
        }
        return [found[one.channel].get(one.product) for one in wanted]

    return DataLoader(load)
