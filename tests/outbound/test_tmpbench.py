import time
from tests.outbound.trade import mute, orders_paid
async def test_bench(app, shop, reading):
    mute(shop)
    t=time.perf_counter(); orders_paid(shop, 2500); print("made", time.perf_counter()-t)
    inst = await reading.installation(shop)
    t=time.perf_counter(); found = await reading.reconciler.backfill(inst); print("backfill", time.perf_counter()-t, found[1].counts, len(shop.troubles.calls))
    t=time.perf_counter(); await app.settle(); print("applied", time.perf_counter()-t)
    n=len(shop.troubles.calls)
    t=time.perf_counter(); found = await reading.reconciler.reconcile(inst, full=True); print("full", time.perf_counter()-t, [ (f.subject, f.counts.seen, f.counts.differences) for f in found], len(shop.troubles.calls)-n)
    sh=0
    import httpx, json
    from saleor_crm_app.saleor.documents import document
    own = next(a for a in shop.state.apps.values() if a.token)
    async with httpx.AsyncClient() as c:
        t=time.perf_counter(); r = await c.post(shop.api_url, json={"query": document("OrdersCreated","3.23"), "variables": {"since":"2020-01-01","first":50,"counted":True}}, headers={"Authorization": f"Bearer {own.token}"}); print("one page by the simulated shop", time.perf_counter()-t, len(r.content))
