"""Runs the graph of components in order, in this thread; Dask's scheduler costs more than the components do.

Rasa hands every message through two small graphs (understanding, next action) with `dask.get`, which builds its plan
anew each time. The plan depends on the targets alone.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from rasa.core import processor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner

Plan = List[Tuple[str, Tuple[str, ...]]]  # node, the nodes and inputs it needs, in an order that works


class StraightGraphRunner(DaskGraphRunner):
    """Obeys the same port as Rasa's runner."""

    _plans: Dict[Tuple[str, ...], Plan]

    def run(
        self, inputs: Optional[Dict[str, Any]] = None, targets: Optional[List[str]] = None
    ) -> Dict[str, Any]:
        """Run what the targets need and return their outputs (see parent class)."""
        wanted = tuple(targets or self._graph_schema.target_names)
        done: Dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        if clash := done.keys() & self._instantiated_nodes.keys():
            raise GraphRunError(f"Input names {sorted(clash)} are names of nodes.")
        for node, needs in self._plan(wanted):
            done[node] = self._instantiated_nodes[node](*(done.get(need, need) for need in needs))
        return dict(done[name] for name in wanted)

    def _plan(self, targets: Tuple[str, ...]) -> Plan:
        plans = self.__dict__.setdefault("_plans", {})
        if targets not in plans:
            schema = self._graph_schema.minimal_graph_schema(list(targets))
            plan: Plan = []
            placed: set = set()

            def place(node: str) -> None:
                if node in placed or node not in schema.nodes:
                    return
                placed.add(node)
                needs = tuple(schema.nodes[node].needs.values())
                for need in needs:
                    place(need)
                plan.append((node, needs))

            for target in targets:
                place(target)
            plans[targets] = plan
        return list(plans[targets])


def install() -> None:
    """Let Rasa load its models with this runner."""
    processor.DaskGraphRunner = StraightGraphRunner
