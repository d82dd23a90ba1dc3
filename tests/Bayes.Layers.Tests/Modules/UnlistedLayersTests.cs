using Bayes.Layers.Checkpoints;
using Bayes.Layers.Estimators;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Modules;

/// <summary>Layers that a model uses but TorchSharp does not list among its modules.</summary>
public sealed class UnlistedLayersTests : TorchTest
{
    private const string Message =
        "*uses a BayesianLinear(in_features=2, out_features=2, bias=True) that is not among its modules*register_module(name, layer)*ModuleList*";

    public static TheoryData<string> Holders => ["array", "list", "dictionary", "derived class", "some in a list"];

    private static BayesianModule Model(string holder) => holder switch
    {
        "array" => new Held<BayesianLinear[]>([new(2, 2)], held => held),
        "list" => new Held<List<BayesianLinear>>([new(2, 2)], held => held),
        "dictionary" => new Held<Dictionary<string, BayesianLinear>>(new() { ["a"] = new(2, 2) }, held => held.Values),
        "derived class" => new Derived(),
        _ => new BayesianSequential(new BayesianLinear(2, 2), new Held<List<BayesianLinear>>([new(2, 2)], held => held)),
    };

    [Theory]
    [MemberData(nameof(Holders))]
    public void Unlisted_layers_are_refused_wherever_the_model_is_used(string holder)
    {
        using var model = Model(holder);
        Tensor input = ones(3, 2), target = zeros(3, 2);
        var loss = ElboLoss.Bernoulli(datasetSize: 3);
        model.Invoking(m => m.Sample(input, 2)).Should().Throw<InvalidOperationException>().WithMessage(Message);
        model.Invoking(m => m.forward(input)).Should().Throw<InvalidOperationException>().WithMessage(Message);
        model.Invoking(m => m.Sample(input, new LocalReparameterization(2))).Should().Throw<InvalidOperationException>().WithMessage(Message);
        model.Invoking(m => m.SampleWithKl(input, new Reparameterization(2))).Should().Throw<InvalidOperationException>().WithMessage(Message);
        model.Invoking(m => new VariationalTrainer(m, loss).Fit(input, target)).Should().Throw<InvalidOperationException>().WithMessage(Message);
        model.Invoking(m => new MonteCarloPredictive(m, loss.Likelihood).Predict(input))
            .Should().Throw<InvalidOperationException>().WithMessage(Message);
        model.Invoking(m => Checkpoint.Save(m, new MemoryStream())).Should().Throw<InvalidOperationException>().WithMessage(Message);
        model.Invoking(m => Checkpoint.Load(m, new MemoryStream())).Should().Throw<Exception>();
        if (!model.Variables().Any())
            model.Invoking(m => m.KlDivergence()).Should().Throw<InvalidOperationException>().WithMessage(Message);
    }

    [Fact]
    public void Layers_in_a_module_list_are_used()
    {
        using var model = new Held<TorchSharp.Modules.ModuleList<BayesianLinear>>(nn.ModuleList(new BayesianLinear(2, 2)), held => held);
        model.Sample(ones(3, 2), 2).shape.Should().Equal(2, 3, 2);
        model.KlDivergence().ToDouble().Should().BeGreaterThan(0);
    }

    [Fact]
    public void A_layer_that_is_added_between_two_passes_is_found()
    {
        using var model = new Growing();
        model.Sample(ones(3, 2), 2);
        model.Grow();
        model.Sample(ones(3, 2), 2).shape.Should().Equal(2, 3, 2);
    }

    private class Held<T> : BayesianModule where T : notnull
    {
        private readonly T _held;
        private readonly Func<T, IEnumerable<BayesianLinear>> _layers;

        public Held(T held, Func<T, IEnumerable<BayesianLinear>> layers) : base("Held")
        {
            (_held, _layers) = (held, layers);
            RegisterComponents();
        }

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            using var scope = NewDisposeScope();
            var value = input;
            foreach (var layer in _layers(_held))
                value = layer.Propagate(value, pass);
            return value.MoveToOuterDisposeScope();
        }
    }

    private class Base : BayesianModule
    {
        protected Base() : base("Held") => RegisterComponents();

        public override Tensor Propagate(Tensor input, Pass pass) => input.alias();
    }

    private sealed class Derived : Base
    {
        private readonly BayesianLinear _layer;

        public Derived()
        {
            _layer = new BayesianLinear(2, 2);
            RegisterComponents();
        }

        public override Tensor Propagate(Tensor input, Pass pass) => _layer.Propagate(input, pass);
    }

    private sealed class Growing() : BayesianModule("Growing")
    {
        public void Grow() => register_module($"layer{children().Count()}", new BayesianLinear(2, 2));

        public override Tensor Propagate(Tensor input, Pass pass)
        {
            using var scope = NewDisposeScope();
            var value = input.alias();
            foreach (var layer in children().OfType<BayesianLinear>())
                value = layer.Propagate(value, pass);
            return value.MoveToOuterDisposeScope();
        }
    }
}
