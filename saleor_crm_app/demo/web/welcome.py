"""Whether the app lets the page's calls in, asked as a browser would."""

from saleor_crm_app.demo.http import new_client


async def is_let_in(app_url: str, api_url: str, origin: str) -> bool:
    """Call the storefront API of a shop as a page of `origin`, for nobody in particular."""
    headers = {"Origin": origin, "Saleor-Api-Url": api_url}
    async with new_client(app_url) as client:
        answer = await client.post("/graphql/", json={"query": "{ __typename }"}, headers=headers)
    return answer.status_code == 200
