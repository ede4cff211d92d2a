"""Opening channels and filling the shelves; none of it fires an event that is simulated."""

from datetime import timedelta
from decimal import Decimal

from saleor_crm_app.demo.catalog import Category, Channel, Collection, Product, ProductType, ProductTypeKind, Variant
from saleor_crm_app.demo.prices import NOTHING
from saleor_crm_app.demo.state import ShopState


class Assortment:
    """What the shop sells, and in which channels."""

    def __init__(self, state: ShopState) -> None:
        self._state = state
        self._types: dict[ProductTypeKind, ProductType] = {}

    def open_channel(
        self,
        slug: str,
        currency_code: str,
        *,
        auto_confirm: bool = True,
        expire_orders_after: timedelta | None = None,
        display_gross_prices: bool = True,
        tax_rate: Decimal = NOTHING,
        allow_unpaid_orders: bool = True,
        allow_legacy_gift_card_use: bool = True,
    ) -> Channel:
        """Add a channel, or replace the one of this slug for the orders to come."""
        channel = Channel(
            pk=self._state.next_number("Channel"),
            slug=slug,
            currency_code=currency_code,
            auto_confirm=auto_confirm,
            expire_orders_after=expire_orders_after,
            display_gross_prices=display_gross_prices,
            tax_rate=tax_rate,
            allow_unpaid_orders=allow_unpaid_orders,
            allow_legacy_gift_card_use=allow_legacy_gift_card_use,
        )
        self._state.channels[slug] = channel
        return channel

    def sell(
        self,
        name: str,
        price: Decimal | int,
        *,
        kind: ProductTypeKind = ProductTypeKind.NORMAL,
        category: Category | None = None,
        collections: tuple[Collection, ...] = (),
    ) -> Variant:
        """Put a product with one variant on the shelf; `price` is gross."""
        product = Product(
            pk=(pk := self._state.next_number("Product")),
            name=name,
            product_type=self._type_of(kind),
            category=category,
            collections=list(collections),
        )
        self._state.products[pk] = product
        return self.add_variant(product, price)

    def add_variant(self, product: Product, price: Decimal | int, *, name: str = "") -> Variant:
        """Sell the product in one more form; without a name its id is its name, as in Saleor."""
        pk = self._state.next_number("ProductVariant")
        variant = Variant(pk=pk, product=product, price=Decimal(price), name=name)
        variant.name = name or variant.id
        self._state.variants.append(variant)
        return variant

    def add_category(self, name: str) -> Category:
        pk = self._state.next_number("Category")
        return self._state.categories.setdefault(pk, Category(pk=pk, name=name))

    def add_collection(self, name: str) -> Collection:
        pk = self._state.next_number("Collection")
        return self._state.collections.setdefault(pk, Collection(pk=pk, name=name))

    def withdraw(self, variant: Variant) -> None:
        """Delete a variant: order lines stay and forget what they sold, vouchers forget it, as in Saleor."""
        self._state.variants.remove(variant)
        for order in self._state.orders.values():
            for line in order.lines:
                if line.variant is variant:
                    line.variant = None
        for voucher in self._state.vouchers.values():
            voucher.variants = tuple(one for one in voucher.variants if one is not variant)

    def delete_product(self, product: Product) -> None:
        """Delete a product with its variants; a voucher of nothing else is one of everything from then on."""
        for variant in [one for one in self._state.variants if one.product is product]:
            self.withdraw(variant)
        del self._state.products[product.pk]
        for voucher in self._state.vouchers.values():
            voucher.products = tuple(one for one in voucher.products if one is not product)

    def _type_of(self, kind: ProductTypeKind) -> ProductType:
        if kind not in self._types:
            pk = self._state.next_number("ProductType")
            self._types[kind] = ProductType(pk=pk, name=kind.value.capitalize(), type_kind=kind)
        return self._types[kind]
