"""Stage `search_formats`: what every worthwhile member of a training reaches at which LUTs."""

import time

from symbolnet.config import SearchJob
from symbolnet.data.dataset import load_dataset
from symbolnet.expression.store import expression_set, load_collection
from symbolnet.firmware.build.conversion import check_classes, data_in, expressions_in, units_of
from symbolnet.firmware.build.parts import datapath_of
from symbolnet.firmware.search.points import Searched, after_search, save_searches, useful
from symbolnet.firmware.search.shortlist import candidates
from symbolnet.firmware.search.walk import search
from symbolnet.pipeline.marks import In, Out
from symbolnet.progress import counted


def search_formats(expressions: In, dataset: In, formats: Out, spec: SearchJob) -> None:
    """Search the formats of the members on the front; the test set is not looked at."""
    collection, data = load_collection(expressions), load_dataset(dataset)
    check_classes(data, spec.argmax)
    sound = [m.id for m in collection.members if not m.diverged]
    units = units_of(data)
    data = data_in(data, units)
    known = [expressions_in(expression_set(collection, name), units) for name in sound]
    members = candidates([datapath_of(one, data.x_train, spec.argmax) for one in known], data)
    searches = list[Searched]()
    for member in counted(members, "members"):
        start = time.monotonic()
        front = search(member, data)
        seconds, name = time.monotonic() - start, member.chosen.model
        searches.append(after_search(name, front, useful(front.points), seconds))
        print(f"{name}: {len(front.points)} steps in {seconds:.1f} s", flush=True)
    save_searches(formats, searches)
