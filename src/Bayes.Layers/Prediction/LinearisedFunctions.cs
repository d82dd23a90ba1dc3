using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>
/// Represents the posterior of a model's weights as a distribution over the functions f(x; μ) + J(x)(w − μ), which are linear in the weights. If the
/// model is linear already, because the network ends in the only random layer, its functions are the model's.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="pass">Passes rows <c>[B, …]</c> through the linear functions of some draws, and returns <c>[S, B, …]</c>.</param>
internal sealed class LinearisedFunctions(BayesianModule model, Func<NetworkInput, PosteriorDraws, Tensor> pass) : FunctionDistribution
{
    private readonly BayesianFunctions _own = new(model);

    public override nn.Module Module => model;

    /// <inheritdoc/>
    public override int? ExactSamples => _own.ExactSamples;

    /// <inheritdoc/>
    public override string? Caution => _own.Caution;

    /// <inheritdoc/>
    public override ulong Fingerprint() => Numerics.Fingerprint.Of(base.Fingerprint(), NamedNormals.Stream(nameof(LinearisedFunctions)));

    public override string ToString() => $"linearised {base.ToString()}";

    protected override FunctionDraws DrawNamed(long seed, int count, int first) => new Drawn(this, Bound(new PosteriorDraws(seed, count, first)));

    internal override bool IsSingleExample(ReadOnlySpan<long> shape) => model.IsSingleExample(shape);

    /// <summary>Always throws: a file would contain the model alone.</summary>
    /// <inheritdoc/>
    internal override nn.Module RequireSavable() => throw new ArgumentException(
        $"A linearised {model.GetName()} is saved as its model; expected Checkpoint.Save of the model itself, and "
        + $"{nameof(Linearisation.Linearised)}() after loading it.", "distribution");

    /// <inheritdoc/>
    internal override FunctionSampler Prepare(NetworkInput input, DrawRequest request)
    {
        using var gates = ModuleGates.Hold(model);
        if (IsLinear(input))
            return _own.Prepare(input, request with { Fingerprint = null });
        var measure = PassMeasure.Of(new ModulePass(model, model.PropagateInputs, Front: null), input);
        return new Sampler(this, measure, input, request.NewDraws());
    }

    private bool IsLinear(NetworkInput input)
    {
        model.Examine(input);
        return model.SplitFront() is not null;
    }

    private PosteriorDraws Bound(PosteriorDraws draws)
    {
        draws.Bind(model);
        return draws;
    }

    /// <summary>Draws functions, and runs the network on as many rows at a time as there is memory for what a gradient needs.</summary>
    private sealed class Sampler : FunctionSampler
    {
        // A forward keeps its values, the backward that is differentiated keeps as many gradients and copies, and each draw takes some of both.
        private const int ValuesKept = 4;

        private readonly LinearisedFunctions _functions;
        private readonly PosteriorDraws _draws;

        public Sampler(LinearisedFunctions functions, PassMeasure measure, NetworkInput input, PosteriorDraws draws)
        {
            (_functions, _draws) = (functions, functions.Bound(draws));
            // Weights, and the deviations of one draw.
            BytesPerDraw = functions.Module.Posteriors().Sum(each => each.Mean.numel() * (sizeof(float) + each.Mean.element_size()));
            BytesPerRow = measure.RestBytes + ValuesKept * measure.RestBytesOfAll;
            IsOnCpu = AreOnCpu(functions.Module, input);
        }

        public override long BytesPerDraw { get; }

        public override long BytesPerRow { get; }

        public override bool IsOnCpu { get; }

        /// <summary>Always false: a gradient runs on threads of torch's own.</summary>
        public override bool AllowsThreads => false;

        public override PassSizes Sizes(MemoryBudget budget, int draws, long rows, int threads, bool isWorthThreads) =>
            PassSizes.OfNetwork(budget, draws, rows, BytesPerDraw, BytesPerRow, threads);

        public override FunctionDraws Block(int offset, int count, bool isReused) =>
            new Drawn(_functions, _draws.Part(offset, count, keepsWeights: isReused));

        public override void Dispose() => _draws.Dispose();
    }

    private sealed class Drawn(LinearisedFunctions functions, PosteriorDraws draws) : FunctionDraws(draws.Samples)
    {
        public override Tensor Apply(Tensor input) => Apply((NetworkInput)input);

        public override Tensor Apply(NetworkInput input)
        {
            using var noGrad = no_grad();
            using var evaluation = ModuleMode.Evaluation(functions.Module);
            return functions.IsLinear(input) ? functions.Apply(input, draws) : functions.Pass(input, draws);
        }

        protected override void Dispose(bool disposing) => draws.Dispose();
    }

    private Tensor Apply(NetworkInput input, PosteriorDraws draws) => model.Sample(input, draws);

    private Tensor Pass(NetworkInput input, PosteriorDraws draws) => pass(input, draws);
}
