using System.Text.Json.Nodes;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>Normalization layers.</summary>
internal static class NormalizationKinds
{
    private delegate T Maker<T>(long features, double eps, double momentum, bool affine, bool tracks, Device device, ScalarType? dtype);

    public static Kind[] All { get; } =
    [
        Kind.Of<BatchNorm1d>(Options, (o, place) =>
            Make<BatchNorm1d>(o, place, nn.BatchNorm1d, (made, momentum) => made.momentum = momentum, ExchangeCount)),
        Kind.Of<BatchNorm2d>(Options, (o, place) =>
            Make<BatchNorm2d>(o, place, nn.BatchNorm2d, (made, momentum) => made.momentum = momentum, ExchangeCount)),
        Kind.Of<BatchNorm3d>(Options, (o, place) =>
            Make<BatchNorm3d>(o, place, nn.BatchNorm3d, (made, momentum) => made.momentum = momentum, ExchangeCount)),
        Kind.Of<InstanceNorm1d>(Options, (o, place) =>
            Make<InstanceNorm1d>(o, place, nn.InstanceNorm1d, (made, momentum) => made.momentum = momentum, ExchangeCount)),
        Kind.Of<InstanceNorm2d>(Options, (o, place) =>
            Make<InstanceNorm2d>(o, place, nn.InstanceNorm2d, (made, momentum) => made.momentum = momentum, ExchangeCount)),
        Kind.Of<InstanceNorm3d>(Options, (o, place) =>
            Make<InstanceNorm3d>(o, place, nn.InstanceNorm3d, (made, momentum) => made.momentum = momentum, ExchangeCount)),
        Kind.Of<GroupNorm>(
            m => [("num_groups", m.num_groups), ("num_channels", m.weight?.shape[0]), ("eps", m.eps), ("affine", m.affine)],
            (o, place) => nn.GroupNorm(
                o.Int64("num_groups"), o.Boolean("affine") ? place.Reserve(o.Int64("num_channels")) : o.Int64("num_groups"),
                o.Double("eps"), o.Boolean("affine"), place.Device, place.Type)),
        Kind.Of<LayerNorm>(
            m => [("normalized_shape", ModuleKinds.List(m.normalized_shape)), ("eps", m.eps), ("elementwise_affine", m.elementwise_affine),
                ("bias", m.bias is not null)],
            (o, place) => nn.LayerNorm(
                o.Boolean("elementwise_affine") ? place.Reserve(o.Int64s("normalized_shape") ?? []) : o.Int64s("normalized_shape")!,
                o.Double("eps"), o.Boolean("elementwise_affine"), o.Boolean("bias"), place.Device, place.Type)),
        Kind.Of<LocalResponseNorm>(
            m => [("size", m.size), ("alpha", m.alpha), ("beta", m.beta), ("k", m.k)],
            (o, _) => nn.LocalResponseNorm(o.Int64("size"), o.Double("alpha"), o.Double("beta"), o.Double("k"))),
    ];

    private static (string, JsonNode?)[] Options(BatchNorm m) =>
        [("num_features", m.num_features), ("eps", m.eps), ("momentum", m.momentum), ("affine", m.affine),
            ("track_running_stats", m.track_running_stats)];

    private static (string, JsonNode?)[] Options(InstanceNorm m) =>
        [("num_features", m.num_features), ("eps", m.eps), ("momentum", m.momentum), ("affine", m.affine),
            ("track_running_stats", m.track_running_stats)];

    private static Tensor? ExchangeCount(BatchNorm made, Tensor count)
    {
        Tensor? before = made.num_batches_tracked;
        made.num_batches_tracked = count;
        return before;
    }

    private static Tensor? ExchangeCount(InstanceNorm made, Tensor count)
    {
        Tensor? before = made.num_batches_tracked;
        made.num_batches_tracked = count;
        return before;
    }

    private static T Make<T>(
        SavedOptions o, ModulePlace place, Maker<T> make, Action<T, double?> setMomentum, Func<T, Tensor, Tensor?> exchangeCount)
    {
        bool affine = o.Boolean("affine"), tracks = o.Boolean("track_running_stats");
        long features = o.Int64("num_features");
        if (affine || tracks)
            place.Reserve(features);
        double? momentum = o.DoubleOrNull("momentum");
        // Reads the type first: if that throws, no module is leaked.
        ScalarType? countType = tracks ? place.TypeOf("num_batches_tracked") : null;
        var made = make(features, o.Double("eps"), momentum ?? 0, affine, tracks, place.Device, place.Type);
        setMomentum(made, momentum);
        // Keeps the file's type: TorchSharp counts batches in the requested dtype, and in whole numbers by default.
        if (countType is { } type)
            exchangeCount(made, zeros([], type, place.Device).Owned())?.Dispose();
        return made;
    }
}
