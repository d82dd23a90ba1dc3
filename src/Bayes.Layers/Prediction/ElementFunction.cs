using System.Runtime.CompilerServices;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>What some of TorchSharp's elementwise modules compute, in managed code: a new one is an entry in the table and a function.</summary>
internal abstract class ElementFunction
{
    private static readonly Dictionary<Type, Func<nn.Module, ElementFunction?>> Functions = new()
    {
        [typeof(Tanh)] = _ => new Of<TanhFunction>(default),
        [typeof(Sigmoid)] = _ => new Of<SigmoidFunction>(default),
        [typeof(ReLU)] = _ => new Of<LeakyReluFunction>(new LeakyReluFunction(0)),
        [typeof(LeakyReLU)] = module => new Of<LeakyReluFunction>(new LeakyReluFunction((float)((LeakyReLU)module).negative_slope)),
        [typeof(ELU)] = module => new Of<EluFunction>(new EluFunction((float)((ELU)module).alpha)),
        [typeof(SiLU)] = _ => new Of<SiluFunction>(default),
        [typeof(GELU)] = module => ((GELU)module).approximate == GELU.Approximate.none ? new Of<GeluFunction>(default) : null,
        [typeof(Softplus)] = module => new Of<SoftplusFunction>(new SoftplusFunction((float)((Softplus)module).beta, (float)((Softplus)module).threshold)),
    };

    /// <summary>The function of a module; none where it is not known.</summary>
    public static ElementFunction? TryOf(nn.Module module) => Functions.GetValueOrDefault(module.GetType())?.Invoke(module);

    /// <summary>The function in place, for one width of lanes.</summary>
    public abstract LaneLoop<TLanes> For<TLanes>() where TLanes : struct, ILanes<TLanes>;

    private sealed class Of<TFunction>(TFunction function) : ElementFunction where TFunction : struct, ILaneFunction
    {
        public override LaneLoop<TLanes> For<TLanes>() => new LaneLoop<TLanes>.Of<TFunction>(function);
    }

    private readonly struct TanhFunction : ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => LaneFunctions.Tanh(x);
    }

    private readonly struct SigmoidFunction : ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => LaneFunctions.Sigmoid(x);
    }

    private readonly struct LeakyReluFunction(float slope) : ILaneFunction
    {
        // Not x times 0: that is NaN at −∞.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> =>
            TLanes.WhereLess(x, TLanes.Create(0), slope == 0 ? TLanes.Create(0) : x * TLanes.Create(slope), x);
    }

    private readonly struct EluFunction(float alpha) : ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> =>
            TLanes.WhereLess(x, TLanes.Create(0), TLanes.Create(alpha) * LaneFunctions.ExpMinusOneOfNegative(TLanes.WhereLess(x, TLanes.Create(0), x, TLanes.Create(0))), x);
    }

    private readonly struct SiluFunction : ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => x * LaneFunctions.Sigmoid(x);
    }

    private readonly struct GeluFunction : ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => LaneFunctions.Gelu(x);
    }

    private readonly struct SoftplusFunction(float beta, float threshold) : ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>
        {
            var scaled = x * TLanes.Create(beta);
            return TLanes.WhereLess(TLanes.Create(threshold), scaled, x, LaneFunctions.Softplus(scaled) / TLanes.Create(beta));
        }
    }
}
