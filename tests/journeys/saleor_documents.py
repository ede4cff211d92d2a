"""What the journeys ask a real Saleor, as GraphQL documents of one root field each."""

APP = "{ app { identifier permissions { code } webhooks { id } } }"
SHOP = "{ shop { version } }"
CHANNELS = """
{
  channels {
    id slug isActive currencyCode defaultCountry { code } warehouses { id }
    orderSettings { expireOrdersAfter allowUnpaidOrders }
  }
}
"""

PRODUCT_TYPES = """
{
  productTypes(first: 100, filter: {kind: NORMAL, productType: SHIPPABLE}) {
    edges { node { id productAttributes { valueRequired } variantAttributes { valueRequired } } }
  }
}
"""
CATEGORIES = "{ categories(first: 1) { edges { node { id } } } }"
PRODUCT_CREATE = """
mutation ($input: ProductCreateInput!) {
  productCreate(input: $input) { product { id } errors { field code message } }
}
"""
PRODUCT_LISTING = """
mutation ($id: ID!, $input: ProductChannelListingUpdateInput!) {
  productChannelListingUpdate(id: $id, input: $input) { errors { field code message } }
}
"""
VARIANT_CREATE = """
mutation ($input: ProductVariantCreateInput!) {
  productVariantCreate(input: $input) { productVariant { id } errors { field code message } }
}
"""
VARIANT_LISTING = """
mutation ($id: ID!, $input: [ProductVariantChannelListingAddInput!]!) {
  productVariantChannelListingUpdate(id: $id, input: $input) { errors { field code message } }
}
"""
PRODUCT_DELETE = "mutation ($id: ID!) { productDelete(id: $id) { errors { field code message } } }"
FOR_SALE = """
query ($channel: String!) {
  products(
    first: 100, channel: $channel
    filter: {isPublished: true, isAvailable: true, stockAvailability: IN_STOCK, giftCard: false}
  ) {
    edges { node { id variants { id quantityAvailable pricing { price { gross { amount } } } } } }
  }
}
"""

ACCOUNT_REGISTER = """
mutation ($input: AccountRegisterInput!) { accountRegister(input: $input) { errors { field code message } } }
"""
USER = "query ($email: String!) { user(email: $email) { id } }"
CUSTOMER_UPDATE = """
mutation ($id: ID!, $input: CustomerInput!) { customerUpdate(id: $id, input: $input) { errors { field code message } } }
"""
TOKEN_CREATE = """
mutation ($email: String!, $password: String!) {
  tokenCreate(email: $email, password: $password) { token errors { field code message } }
}
"""
CUSTOMER_DELETE = "mutation ($ids: [ID!]!) { customerBulkDelete(ids: $ids) { errors { field code message } } }"

CHECKOUT_CREATE = """
mutation ($input: CheckoutCreateInput!) {
  checkoutCreate(input: $input) {
    checkout { id shippingMethods { id active price { amount } } } errors { field code message }
  }
}
"""
DELIVERY = """
mutation ($id: ID!, $method: ID!) {
  checkoutDeliveryMethodUpdate(id: $id, deliveryMethodId: $method) {
    checkout { subtotalPrice { gross { amount } } shippingPrice { gross { amount } } } errors { field code message }
  }
}
"""
ADD_CODE = """
mutation ($id: ID!, $code: String!) {
  checkoutAddPromoCode(id: $id, promoCode: $code) { errors { field code message } }
}
"""
CHECKOUT_TOTAL = "query ($id: ID!) { checkout(id: $id) { totalPrice { gross { amount } } } }"
PAY = """
mutation ($id: ID!, $transaction: TransactionCreateInput!) {
  transactionCreate(id: $id, transaction: $transaction) { errors { field code message } }
}
"""
COMPLETE = "mutation ($id: ID!) { checkoutComplete(id: $id) { order { id } errors { field code message } } }"
ORDER = "query ($id: ID!) { order(id: $id) { id created status total { gross { amount } } } }"
CANCEL = "mutation ($id: ID!) { orderCancel(id: $id) { errors { field code message } } }"

VOUCHERS_LIKE = "query ($text: String!) { vouchers(first: 20, filter: {search: $text}) { edges { node { id } } } }"
VOUCHER_CODES = """
query ($id: ID!, $after: String) {
  voucher(id: $id) {
    codes(first: 100, after: $after) { edges { node { id code } } pageInfo { hasNextPage endCursor } }
  }
}
"""
CODES_DELETE = "mutation ($ids: [ID!]!) { voucherCodeBulkDelete(ids: $ids) { count errors { code message } } }"
VOUCHERS_DELETE = "mutation ($ids: [ID!]!) { voucherBulkDelete(ids: $ids) { errors { field code message } } }"
CARDS_DELETE = "mutation ($ids: [ID!]!) { giftCardBulkDelete(ids: $ids) { errors { field code message } } }"
