using TorchSharp.Modules;
using static TorchSharp.torch;
using Kind = Bayes.Layers.Checkpoints.PartKind<TorchSharp.torch.nn.Module, Bayes.Layers.Checkpoints.ModulePlace>;

namespace Bayes.Layers.Checkpoints;

/// <summary>Activations, applied to elements or along an axis.</summary>
internal static class ActivationKinds
{
    public static Kind[] All { get; } =
    [
        Kind.Of<CELU>(m => [("alpha", m.alpha)], (o, _) => nn.CELU(o.Double("alpha"))),
        Kind.Of<ELU>(m => [("alpha", m.alpha)], (o, _) => nn.ELU(o.Double("alpha"))),
        Kind.Of<GELU>(m => [("approximate", m.approximate.ToString())], (o, _) => nn.GELU(o.Enum<GELU.Approximate>("approximate"))),
        Kind.Of<GLU>(m => [("dim", m.dim)], (o, _) => nn.GLU(o.Int64("dim"))),
        Kind.Of<Hardshrink>(m => [("lambda", m.lambda)], (o, _) => nn.Hardshrink(o.Double("lambda"))),
        Kind.Of<Hardsigmoid>(() => nn.Hardsigmoid()),
        Kind.Of<Hardswish>(() => nn.Hardswish()),
        Kind.Of<Hardtanh>(m => [("min_val", m.min_val), ("max_val", m.max_val)], (o, _) => nn.Hardtanh(o.Double("min_val"), o.Double("max_val"))),
        Kind.Of<Identity>(() => nn.Identity()),
        Kind.Of<LeakyReLU>(m => [("negative_slope", m.negative_slope)], (o, _) => nn.LeakyReLU(o.Double("negative_slope"))),
        Kind.Of<LogSigmoid>(() => nn.LogSigmoid()),
        Kind.Of<LogSoftmax>(m => [("dim", m.dim)], (o, _) => nn.LogSoftmax(o.Int64("dim"))),
        Kind.Of<Mish>(() => nn.Mish()),
        Kind.Of<PReLU>(m => [("num_parameters", m.num_parameters)], (o, place) =>
            nn.PReLU(place.Reserve(o.Int64("num_parameters")), device: place.Device, dtype: place.Type)),
        Kind.Of<RReLU>(m => [("lower", m.lower), ("upper", m.upper)], (o, _) => nn.RReLU(o.Double("lower"), o.Double("upper"))),
        Kind.Of<ReLU>(() => nn.ReLU()),
        Kind.Of<ReLU6>(() => nn.ReLU6()),
        Kind.Of<SELU>(() => nn.SELU()),
        Kind.Of<Sigmoid>(() => nn.Sigmoid()),
        Kind.Of<SiLU>(() => nn.SiLU()),
        Kind.Of<Softmax>(m => [("dim", m.dim)], (o, _) => nn.Softmax(o.Int64("dim"))),
        Kind.Of<Softmax2d>(() => nn.Softmax2d()),
        Kind.Of<Softmin>(m => [("dim", m.dim)], (o, _) => nn.Softmin(o.Int64("dim"))),
        Kind.Of<Softplus>(m => [("beta", m.beta), ("threshold", m.threshold)], (o, _) => nn.Softplus(o.Double("beta"), o.Double("threshold"))),
        Kind.Of<Softshrink>(m => [("lambda", m.lambda)], (o, _) => nn.Softshrink(o.Double("lambda"))),
        Kind.Of<Softsign>(() => nn.Softsign()),
        Kind.Of<Tanh>(() => nn.Tanh()),
        Kind.Of<Tanhshrink>(() => nn.Tanhshrink()),
        Kind.Of<Threshold>(m => [("threshold", m.threshold), ("value", m.value)], (o, _) => nn.Threshold(o.Double("threshold"), o.Double("value"))),
    ];
}
