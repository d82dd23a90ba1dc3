using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Represents a Bayesian model as a distribution over functions: those that the posteriors of its weights define.</summary>
internal sealed class BayesianFunctions(BayesianModule model) : FunctionDistribution
{
    private readonly KeptWeights _kept = new();

    public override nn.Module Module => model;

    /// <inheritdoc/>
    public override int? ExactSamples =>
        model.Posteriors().Select(posterior => posterior.ExactSamples).Distinct().ToArray() is [var each] ? each : null;

    /// <inheritdoc/>
    public override string? Caution => Cautions.Join(model.BayesianModules().Select(module => module.Caution));

    protected override FunctionDraws DrawNamed(long seed, int count, int first) => new Drawn(model, new PosteriorDraws(seed, count, first));

    internal override bool IsSingleExample(ReadOnlySpan<long> shape) => model.IsSingleExample(shape);

    /// <summary>Chooses managed code for a fully connected network that it knows, and torch's operations for any other.</summary>
    /// <inheritdoc/>
    internal override FunctionSampler Prepare(NetworkInput input, DrawRequest request)
    {
        using var gates = ModuleGates.Hold(model);
        model.Examine(input);
        var front = model.SplitFront();
        var network = front is null && input is { Count: 1 } && !input[0].is_sparse ? DenseNetwork.TryOf([model], RowsOfInput.Of(input[0])) : null;
        if (network is not null && FewRowsSampler.Takes(network, input.Rows, request))
            return new FewRowsSampler(model, network, request with { Fingerprint = request.Fingerprint ?? Fingerprint() }, _kept);
        if (network?.IsFastFor(input.Rows) == false)
            network = null;
        var pass = new ModulePass(model, model.PropagateInputs, front);
        // A dense network does not mix rows, and the memory of a row is known.
        var measure = network is null ? PassMeasure.Of(pass, input) : null;
        if (front?.RestSteps is { } steps)
            network = DenseNetwork.TryOf(steps, measure!.RowsBehindFront(input)) is { } rest && rest.IsFastFor(input.Rows) ? rest : null;
        var draws = request.NewDraws();
        return network is null ? new ModuleSampler(pass, measure, input, draws) : new DenseSampler(network, pass, measure, input, draws);
    }

    private sealed class Drawn(BayesianModule model, PosteriorDraws draws) : FunctionDraws(draws.Samples)
    {
        public override Tensor Apply(Tensor input) => Apply((NetworkInput)input);

        public override Tensor Apply(NetworkInput input)
        {
            using var noGrad = no_grad();
            using var evaluation = ModuleMode.Evaluation(model);
            return model.Sample(input, draws);
        }

        protected override void Dispose(bool disposing) => draws.Dispose();
    }
}
