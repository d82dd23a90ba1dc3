using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>Represents a plain network as a distribution with one function: all draws are equal.</summary>
internal sealed class PlainFunction : FunctionDistribution
{
    private readonly nn.Module _model;

    /// <exception cref="ArgumentException">
    /// The module has Bayesian layers inside, or does not take one to four tensors and return one.
    /// </exception>
    public PlainFunction(nn.Module model)
    {
        NetworkCall.Require(model);
        if (model.BayesianModules().FirstOrDefault() is { } inside)
            throw new ArgumentException(
                $"{model.GetName()} is a plain module with a {inside.GetName()} inside, whose draws it cannot keep apart; "
                + "derive it from BayesianModule, or build it as a BayesianSequential.", nameof(model));
        _model = model;
    }

    public override nn.Module Module => _model;

    /// <summary>Always 1.</summary>
    public override int? ExactSamples => 1;

    protected override FunctionDraws DrawNamed(long seed, int count, int first) => new Repeated(this, count);

    /// <summary>Makes the whole network the front, which runs once for each row, for any number of draws.</summary>
    /// <inheritdoc/>
    internal override FunctionSampler Prepare(NetworkInput input, DrawRequest request)
    {
        RequireInputs(input);
        var pass = new ModulePass(_model, Whole, new DeterministicFront(Whole, (value, _) => value.alias()));
        return new ModuleSampler(pass, PassMeasure.Of(pass, input), input, request.NewDraws());
    }

    private Tensor Whole(IReadOnlyList<Tensor> values, Pass pass) => _model is nn.Module<Tensor, Tensor> single
        ? PlainPass.Of(single, values[0], pass)
        : PlainPass.Of(_model, values, rows => NetworkCall.Of(_model, rows), pass);

    private void RequireInputs(NetworkInput input)
    {
        int expected = NetworkCall.InputCount(_model)!.Value;
        if (input.Count != expected)
            throw NetworkInput.WrongCount($"A {_model.GetName()} takes", expected == 1 ? "one input" : $"{expected} inputs", input.Count);
    }

    private sealed class Repeated(PlainFunction function, int count) : FunctionDraws(count)
    {
        public override Tensor Apply(Tensor input) => Apply((NetworkInput)input);

        public override Tensor Apply(NetworkInput input)
        {
            function.RequireInputs(input);
            using var noGrad = no_grad();
            using var evaluation = ModuleMode.Evaluation(function._model);
            using var scope = NewDisposeScope();
            // Copy: a child that works in place would change the caller's input.
            var output = NetworkCall.Of(function._model, input.Clone().Tensors).unsqueeze(0);
            return output.expand([Count, .. output.shape[1..]]).AsContiguous().MoveToOuterDisposeScope();
        }
    }
}
