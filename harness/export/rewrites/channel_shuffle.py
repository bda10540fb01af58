"""A channel shuffle written out as view, transpose and view becomes the one operator `aten::channel_shuffle`.

In channels-last, phones run that operator by XNNPACK's own kernel, while view and transpose copy everything
through NCHW: 45.8 against 23.8 million instructions for ELNet-1.0 on a Cortex-A76.
"""

from torch import fx

from harness.export.graph import argument, aten, calls, is_call, only_user, replace_call, shape, tidy

_RESHAPES = (
    aten.view.default,
    aten.reshape.default,
    aten._unsafe_view.default,
    aten.flatten.using_ints,
    aten.unflatten.int,
)
_COPIES = (aten.contiguous.default, aten.clone.default)


def rewrite(graph: fx.GraphModule) -> int:
    """Recognise every shuffle of any number of groups; returns how many."""
    found = 0
    for end in calls(graph, *_RESHAPES):
        shuffle = _shuffle(end)
        if shuffle is not None:
            replace_call(graph, end, aten.channel_shuffle.default, *shuffle)
            found += 1
    tidy(graph)
    return found


def _shuffle(end: fx.Node) -> tuple[fx.Node, int] | None:
    """The image and the groups, if the node is the end of a shuffle."""
    swap = _without_copies(argument(end, "self"))
    if swap is None or not _swaps_the_first_channels(swap):
        return None
    split = _without_copies(argument(swap, "self"))
    if split is None or not is_call(split, *_RESHAPES):
        return None
    image = argument(split, "self")
    n, channels, *pixels = shape(image)
    groups, width = shape(split)[1:3]
    is_shuffle = shape(end) == shape(image) and shape(split) == (n, groups, width, *pixels)
    return (image, groups) if is_shuffle and groups * width == channels else None


def _without_copies(node: fx.Node) -> fx.Node | None:
    """What a copy copies; None where someone else uses what lies between."""
    while is_call(node, *_COPIES) and only_user(node) is not None:
        node = argument(node, "self")
    return node if node.op == "call_function" and only_user(node) is not None else None


def _swaps_the_first_channels(node: fx.Node) -> bool:
    """Dimensions 1 and 2 of 5 change places."""
    if is_call(node, aten.permute.default):
        return [place % 5 for place in argument(node, "dims")] == [0, 2, 1, 3, 4]
    if not is_call(node, aten.transpose.int, aten.swapaxes.default, aten.swapdims.default):
        return False
    swapped = {place % 5 for place in node.args[1:3] if isinstance(place, int)}
    return len(shape(node)) == 5 and swapped == {1, 2}
