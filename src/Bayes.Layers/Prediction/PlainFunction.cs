using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Represents a plain network as a distribution with one function: all draws are equal.</summary>
internal sealed class PlainFunction : FunctionDistribution
{
    private readonly nn.Module<Tensor, Tensor> _model;

    /// <exception cref="ArgumentException">The module has Bayesian layers inside.</exception>
    public PlainFunction(nn.Module<Tensor, Tensor> model)
    {
        if (model.BayesianModules().FirstOrDefault() is { } inside)
            throw new ArgumentException(
                $"{model.GetName()} is a plain module with a {inside.GetName()} inside, whose draws it cannot keep apart; "
                + "derive it from BayesianModule, or build it as a BayesianSequential.", nameof(model));
        _model = model;
    }

    public override nn.Module Module => _model;

    /// <summary>Always 1.</summary>
    public override int? ExactSamples => 1;

    protected override FunctionDraws DrawNamed(long seed, int count, int first) => new Repeated(_model, count);

    /// <summary>Makes the whole network the front, which runs once for each row, for any number of draws.</summary>
    /// <inheritdoc/>
    internal override FunctionSampler Prepare(Tensor input, long seed, int count, int first)
    {
        var pass = new ModulePass(_model, Whole, new DeterministicFront(Whole, (value, _) => value.alias()));
        return new ModuleSampler(pass, PassMeasure.Of(pass, input), input, new PosteriorDraws(seed, count, first));
    }

    private Tensor Whole(Tensor value, Pass pass) => PlainPass.Of(_model, value, pass);

    private sealed class Repeated(nn.Module<Tensor, Tensor> model, int count) : FunctionDraws(count)
    {
        public override Tensor Apply(Tensor input)
        {
            using var noGrad = no_grad();
            using var evaluation = ModuleMode.Evaluation(model);
            using var scope = NewDisposeScope();
            // Copy: a child that works in place would change the caller's input.
            var output = model.call(input.clone()).unsqueeze(0);
            return output.expand([Count, .. output.shape[1..]]).AsContiguous().MoveToOuterDisposeScope();
        }
    }
}
