namespace Bayes.Layers.Kernels;

/// <summary>A function of every element. To add one, write a struct that is an <see cref="IElementFunction"/>, and a static member here. Its
/// moments are integrated numerically, unless an <see cref="INormalFunction"/> is given.</summary>
internal abstract class ElementFunction
{
    private const double SeluScale = 1.0507009873554804934193349852946, SeluAlpha = 1.6732632423543772848170429916717;

    /// <inheritdoc cref="TanhFunction"/>
    public static ElementFunction Tanh { get; } = new Of<TanhFunction>(default);

    /// <inheritdoc cref="SigmoidFunction"/>
    public static ElementFunction Sigmoid { get; } = new Of<SigmoidFunction>(default);

    /// <inheritdoc cref="ReluFunction"/>
    public static ElementFunction Relu { get; } = new Of<ReluFunction, RectifiedNormalFunction>(default, new RectifiedNormalFunction(0));

    /// <inheritdoc cref="Relu6Function"/>
    public static ElementFunction Relu6 { get; } = new Of<Relu6Function>(default);

    /// <inheritdoc cref="GeluFunction"/>
    public static ElementFunction Gelu { get; } = new Of<GeluFunction>(default);

    /// <inheritdoc cref="TanhGeluFunction"/>
    public static ElementFunction TanhGelu { get; } = new Of<TanhGeluFunction>(default);

    /// <inheritdoc cref="SiluFunction"/>
    public static ElementFunction Silu { get; } = new Of<SiluFunction>(default);

    /// <inheritdoc cref="MishFunction"/>
    public static ElementFunction Mish { get; } = new Of<MishFunction>(default);

    /// <inheritdoc cref="LogSigmoidFunction"/>
    public static ElementFunction LogSigmoid { get; } = new Of<LogSigmoidFunction>(default);

    /// <inheritdoc cref="SoftsignFunction"/>
    public static ElementFunction Softsign { get; } = new Of<SoftsignFunction>(default);

    /// <summary>Gets the ELU whose outputs keep mean 0 and variance 1 (Klambauer et al. 2017, "Self-Normalizing Neural Networks").</summary>
    public static ElementFunction Selu { get; } = new Of<EluFunction>(new EluFunction(SeluScale, SeluScale * SeluAlpha, 1));

    /// <inheritdoc cref="LeakyReluFunction"/>
    public static ElementFunction LeakyRelu(double slope) => new Of<LeakyReluFunction, RectifiedNormalFunction>(
        new LeakyReluFunction(slope), new RectifiedNormalFunction(slope));

    /// <summary>Returns the function that is x above 0, and alpha (e^x − 1) below.</summary>
    public static ElementFunction Elu(double alpha) => new Of<EluFunction>(new EluFunction(1, alpha, 1));

    /// <summary>Returns the function that is x above 0, and alpha (e^(x / alpha) − 1) below.</summary>
    public static ElementFunction Celu(double alpha) => new Of<EluFunction>(new EluFunction(1, alpha, alpha));

    /// <inheritdoc cref="SoftplusFunction"/>
    public static ElementFunction Softplus(double beta, double threshold) => new Of<SoftplusFunction>(new SoftplusFunction(beta, threshold));

    /// <summary>Returns the loop that applies the function in place, for one width of lanes.</summary>
    public abstract LaneLoop<TLanes> For<TLanes>() where TLanes : struct, ILanes<TLanes>;

    /// <summary>Returns the loop of the moments of the function of normal numbers, in place, for one width of lanes.</summary>
    public abstract NormalLoop<TLanes> NormalFor<TLanes>() where TLanes : struct, ILanes<TLanes>;

    /// <summary>Gets the loop of the function's values and slopes, for training.</summary>
    public abstract SlopeLoop Slope { get; }

    /// <summary>A function whose moments are integrated numerically.</summary>
    private sealed class Of<TFunction>(TFunction function)
        : Of<TFunction, IntegratedFunction<TFunction>>(function, new IntegratedFunction<TFunction>(function))
        where TFunction : struct, IElementFunction;

    /// <summary>A function whose moments have a closed form.</summary>
    private class Of<TFunction, TNormal>(TFunction function, TNormal normal) : ElementFunction
        where TFunction : struct, IElementFunction where TNormal : struct, INormalFunction
    {
        public override LaneLoop<TLanes> For<TLanes>() => new LaneLoop<TLanes>.Of<TFunction>(function);

        public override NormalLoop<TLanes> NormalFor<TLanes>() => new NormalLoop<TLanes>.Of<TNormal>(normal);

        public override SlopeLoop Slope { get; } = new SlopeLoop.Of<TFunction>(function);
    }
}
