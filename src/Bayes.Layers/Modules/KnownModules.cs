using Bayes.Layers.Kernels;
using TorchSharp.Modules;
using static Bayes.Layers.Modules.ModuleTraits;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>The known properties of TorchSharp's module types, one row for each type; nothing is known about a type without a row.</summary>
internal static class KnownModules
{
    private static readonly Dictionary<Type, Row> Rows = new()
    {
        [typeof(AdaptiveAvgPool1d)] = new(Stateless, Moments: AveragePoolMoments.Rule<AdaptiveAvgPool1d>(_ => new(1))),
        [typeof(AdaptiveAvgPool2d)] = new(Stateless, Moments: AveragePoolMoments.Rule<AdaptiveAvgPool2d>(_ => new(2))),
        [typeof(AdaptiveAvgPool3d)] = new(Stateless, Moments: AveragePoolMoments.Rule<AdaptiveAvgPool3d>(_ => new(3))),
        [typeof(AlphaDropout)] = new(DropsValues),
        [typeof(AvgPool1d)] = new(Stateless, Moments: AveragePoolMoments.Rule<AvgPool1d>(AverageWindows.Of)),
        [typeof(AvgPool2d)] = new(Stateless, Moments: AveragePoolMoments.Rule<AvgPool2d>(AverageWindows.Of)),
        [typeof(AvgPool3d)] = new(Stateless, Moments: AveragePoolMoments.Rule<AvgPool3d>(AverageWindows.Of)),
        [typeof(BatchNorm1d)] = new(Stateless | StaysPlain, Moments: LinearMoments.OfBatchNorm),
        [typeof(BatchNorm2d)] = new(Stateless | StaysPlain, Moments: LinearMoments.OfBatchNorm),
        [typeof(BatchNorm3d)] = new(Stateless | StaysPlain, Moments: LinearMoments.OfBatchNorm),
        [typeof(Bilinear)] = new(0),
        [typeof(CELU)] = new(Elementwise, module => ((CELU)module).alpha is > 0 and var alpha ? ElementFunction.Celu(alpha) : null),
        [typeof(Conv1d)] = new(Stateless, Moments: LinearMoments.OfLayer),
        [typeof(Conv2d)] = new(Stateless, Moments: LinearMoments.OfLayer),
        [typeof(Conv3d)] = new(Stateless, Moments: LinearMoments.OfLayer),
        [typeof(ConvTranspose1d)] = new(Stateless, Moments: LinearMoments.OfLayer),
        [typeof(ConvTranspose2d)] = new(Stateless, Moments: LinearMoments.OfLayer),
        [typeof(ConvTranspose3d)] = new(Stateless, Moments: LinearMoments.OfLayer),
        [typeof(Dropout)] = new(Stateless | DropsValues | KeepsValues, Moments: DropoutMoments.Rule<Dropout>(module => module.p)),
        [typeof(Dropout1d)] = new(Stateless | DropsValues | KeepsValues, Moments: DropoutMoments.Rule<Dropout1d>(module => module.p)),
        [typeof(Dropout2d)] = new(Stateless | DropsValues | KeepsValues, Moments: DropoutMoments.Rule<Dropout2d>(module => module.p)),
        [typeof(Dropout3d)] = new(Stateless | DropsValues | KeepsValues, Moments: DropoutMoments.Rule<Dropout3d>(module => module.p)),
        [typeof(ELU)] = new(Elementwise, module => ElementFunction.Elu(((ELU)module).alpha)),
        [typeof(Embedding)] = new(NativeParameters), [typeof(EmbeddingBag)] = new(NativeParameters),
        [typeof(FeatureAlphaDropout)] = new(DropsValues),
        [typeof(Flatten)] = new(Stateless | KeepsValues, Moments: MomentRules.OfShape),
        [typeof(GELU)] = new(
            Elementwise | Stateless,
            module => ((GELU)module).approximate == GELU.Approximate.none ? ElementFunction.Gelu : ElementFunction.TanhGelu),
        [typeof(GroupNorm)] = new(StaysPlain),
        [typeof(Hardshrink)] = new(Elementwise),
        [typeof(Hardsigmoid)] = new(Elementwise),
        [typeof(Hardswish)] = new(Elementwise),
        [typeof(Hardtanh)] = new(Elementwise),
        [typeof(Identity)] = new(Elementwise | Stateless | KeepsValues, Moments: MomentRules.OfShape),
        [typeof(InstanceNorm1d)] = new(StaysPlain), [typeof(InstanceNorm2d)] = new(StaysPlain), [typeof(InstanceNorm3d)] = new(StaysPlain),
        [typeof(LayerNorm)] = new(Stateless | StaysPlain),
        [typeof(LeakyReLU)] = new(Elementwise, module => ElementFunction.LeakyRelu(((LeakyReLU)module).negative_slope),
            ElementwiseMoments.Rectified<LeakyReLU>(m => m.negative_slope)),
        [typeof(Linear)] = new(Stateless, Moments: LinearMoments.OfLayer),
        [typeof(LogSigmoid)] = new(Elementwise, _ => ElementFunction.LogSigmoid),
        [typeof(LogSoftmax)] = new(Stateless),
        [typeof(MaxPool1d)] = new(Stateless), [typeof(MaxPool2d)] = new(Stateless), [typeof(MaxPool3d)] = new(Stateless),
        [typeof(Mish)] = new(Elementwise, _ => ElementFunction.Mish),
        [typeof(PReLU)] = new(StaysPlain),
        [typeof(ReLU)] = new(Elementwise | Stateless, _ => ElementFunction.Relu, ElementwiseMoments.Rectified<ReLU>(_ => 0)),
        [typeof(ReLU6)] = new(Elementwise, _ => ElementFunction.Relu6),
        [typeof(SELU)] = new(Elementwise, _ => ElementFunction.Selu),
        [typeof(Sequential)] = new(Stateless, Moments: MomentRules.InTurn),
        [typeof(Sigmoid)] = new(Elementwise | Stateless, _ => ElementFunction.Sigmoid),
        [typeof(SiLU)] = new(Elementwise | Stateless, _ => ElementFunction.Silu),
        [typeof(Softmax)] = new(Stateless),
        [typeof(Softplus)] = new(Elementwise, module => ElementFunction.Softplus(((Softplus)module).beta, ((Softplus)module).threshold)),
        [typeof(Softshrink)] = new(Elementwise),
        [typeof(Softsign)] = new(Elementwise, _ => ElementFunction.Softsign),
        [typeof(Tanh)] = new(Elementwise | Stateless, _ => ElementFunction.Tanh),
        [typeof(Tanhshrink)] = new(Elementwise),
        [typeof(Threshold)] = new(Elementwise),
        [typeof(TransformerEncoderLayer)] = new(SequenceFirst | NativeParameters),
        [typeof(Unflatten)] = new(Stateless | KeepsValues, Moments: MomentRules.OfShape),
    };

    /// <summary>Determines whether the table has a module's type.</summary>
    public static bool IsKnown(nn.Module module) => Rows.ContainsKey(module.GetType());

    /// <summary>Determines whether a module's type is known to have a trait.</summary>
    public static bool Is(ModuleTraits trait, nn.Module module) => Rows.TryGetValue(module.GetType(), out var row) && row.Traits.HasFlag(trait);

    /// <summary>Returns the function that a module computes for each element; null if managed code does not implement it.</summary>
    public static ElementFunction? FunctionOf(nn.Module module) => Rows.GetValueOrDefault(module.GetType())?.Function?.Invoke(module);

    /// <summary>
    /// Returns the rule of how a module turns moments of its input into those of its output; null if there is none. Elementwise functions without a
    /// rule of their own are integrated numerically.
    /// </summary>
    public static MomentRule? MomentsOf(nn.Module module) => Rows.GetValueOrDefault(module.GetType()) is not { } row ? null
        : row.Moments ?? (row.Traits.HasFlag(Elementwise) ? ElementwiseMoments.Integrated : null);

    /// <summary>
    /// Determines whether several threads may call a module at a time: whether it and all its descendants are stateless and have no hooks. This
    /// library's modules are stateless, or say what they allow for all below them.
    /// </summary>
    public static bool AreStateless(nn.Module module) =>
        module is BayesianModule { AllowsThreads: var allows } bayesian
            ? allows && ModuleHooks.HasNone(bayesian) && (bayesian.Gate is not null || module.children().All(AreStateless))
            : (module.GetType().Assembly == typeof(KnownModules).Assembly
                || Is(Stateless, module) && ModuleHooks.HasNone((nn.Module<Tensor, Tensor>)module))
            && module.children().All(AreStateless);

    /// <summary>Determines whether a module and all below it are TorchSharp's own.</summary>
    public static bool AreTorchSharps(nn.Module module) =>
        module.modules().Prepend(module).All(each => each.GetType().Assembly == typeof(Sequential).Assembly);

    private sealed record Row(ModuleTraits Traits, Func<nn.Module, ElementFunction?>? Function = null, MomentRule? Moments = null);
}
