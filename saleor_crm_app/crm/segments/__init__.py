"""Segments: stored conditions over facts, who they hold for, and who came and went."""

from saleor_crm_app.crm.segments.conditions import Condition
from saleor_crm_app.crm.segments.errors import (
    SegmentInUse,
    SegmentInvalid,
    SegmentNotFound,
    SegmentStale,
    TooManySegments,
)
from saleor_crm_app.crm.segments.jobs import Resegment
from saleor_crm_app.crm.segments.membership import (
    count_matching, end_of_page, forget_members, measure,
)  # fmt: skip
from saleor_crm_app.crm.segments.reading import condition_schema, condition_schema_text, read_condition
from saleor_crm_app.crm.segments.ready import READY
from saleor_crm_app.crm.segments.registry import (
    Segment, create_ready, create_segment, follow, follow_all, held_segment, retire_segment, segment_by_id,
    segment_names, segments, segments_to_name, update_segment,
)  # fmt: skip
from saleor_crm_app.crm.segments.reports import (
    SegmentMember, SegmentOfCustomer, SizeOfDay, members_of, segment_keys_of, segments_at, segments_of, sizes_of,
)  # fmt: skip
from saleor_crm_app.crm.segments.sufficiency import Known, known_of, missing_for
from saleor_crm_app.crm.segments.wording import Language, describe

__all__ = [
    "READY", "Condition", "Known", "Language", "Resegment", "Segment", "SegmentInUse", "SegmentInvalid",
    "SegmentMember", "SegmentNotFound", "SegmentOfCustomer", "SegmentStale", "SizeOfDay", "TooManySegments",
    "condition_schema", "condition_schema_text", "count_matching", "create_ready", "create_segment", "describe",
    "end_of_page", "follow", "follow_all", "forget_members", "held_segment", "known_of", "measure", "members_of",
    "missing_for", "read_condition", "retire_segment", "segment_by_id", "segment_keys_of", "segment_names",
    "segments", "segments_at", "segments_of", "segments_to_name", "sizes_of", "update_segment",
]  # fmt: skip
