"""The simulated Saleor shop: it behaves as Saleor does towards an app, and is the outside world of demo and tests."""

from saleor_crm_app.demo.server import serving
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.story import StepResult, StoryResult, purchase_story
from saleor_crm_app.demo.versions import SaleorVersion

__all__ = ["SaleorVersion", "SimulatedShop", "StepResult", "StoryResult", "purchase_story", "serving"]
