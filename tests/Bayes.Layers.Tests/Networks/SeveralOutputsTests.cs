using Bayes.Layers.Checkpoints;
using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Networks;

/// <summary>A network with a forward of its own that returns a class and a number, of which the number is predicted.</summary>
public sealed class ChosenOutputTests : FunctionDistributionLaws
{
    protected override FunctionDistribution Create() => FunctionDistribution.Of(new TwoHeads().ToBayesian(new() { Output = 1 }));

    /// <summary>The same draws as those of a network that has no other output, and the same predictions.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void It_equals_the_network_with_that_output_alone(int output)
    {
        var both = new TwoHeads();
        using var chosen = both.ToBayesian(new() { Output = output });
        using var single = new OneHead(both, output).ToBayesian();
        chosen.Should().BeOfType<WeightSpaceModule>().Which.OutputIndex.Should().Be(output);
        var input = randn(9, 3);
        using PosteriorDraws draws = new(seed: 3, count: 4), same = new(seed: 3, count: 4);
        ShouldBeClose(chosen.Sample(input, draws), single.Sample(input, same), 0);
        Likelihood likelihood = output == 0 ? new CategoricalLikelihood() : new GaussianLikelihood(0.3);
        using Predictive found = new MonteCarloPredictive(chosen, likelihood, 9, seed: 5).Predict(input),
            expected = new MonteCarloPredictive(single, likelihood, 9, seed: 5).Predict(input);
        ShouldBeClose(found.Mean, expected.Mean, 0);
        ShouldBeClose(found.EpistemicVariance, expected.EpistemicVariance, 0);
    }

    [Fact]
    public void An_output_that_is_not_there_is_refused()
    {
        FluentActions.Invoking(() => new TwoHeads().ToBayesian(new() { Output = 2 })).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Output is 2, and a TwoHeads returns 2 tensors; expected 0 to 1, or null for all.*");
        FluentActions.Invoking(() => Sequential(Linear(2, 1)).ToBayesian(new() { Output = 1 })).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Output is 1, and a Sequential returns 1 tensor; expected 0, or null for all.*");
    }
}

/// <summary>A network that returns a class and a number, of which both are predicted, as a network of its own and of Bayesian layers.</summary>
public sealed class SeveralOutputsTests : TorchTest
{
    private static JointLikelihood Joint() =>
        new(new OutputPart(new CategoricalLikelihood(), 3), new OutputPart(GaussianLikelihood.Learned(0.5), 1));

    private static BayesianModule[] Forms() => [new TwoHeads().ToBayesian(), new LayeredHeads()];

    private static (Tensor Input, Tensor Classes, Tensor Values) Data(int count)
    {
        var input = randn(count, 3);
        return (input, (input[.., 0] > 0).to(int64) + (input[.., 1] > 0).to(int64), input.sum(1, keepdim: true) + 0.1 * randn(count, 1));
    }

    /// <summary>The two forms are one distribution, with draws of the same names.</summary>
    [Fact]
    public void Both_forms_have_the_same_draws()
    {
        using var network = new TwoHeads(ScalarType.Float64).ToBayesian();
        using var layers = new LayeredHeads(ScalarType.Float64);
        var state = network.state_dict();
        foreach (var (key, value) in layers.state_dict())
        {
            using var noGrad = no_grad();
            value.copy_(state[key.EndsWith("_mu", StringComparison.Ordinal) ? $"network.{key[..^3]}" : $"posterior.{key}"]);
        }
        var input = Normal(5, 3);
        using PosteriorDraws draws = new(seed: 3, count: 4), same = new(seed: 3, count: 4);
        var found = network.Sample(input, draws);
        found.shape.Should().Equal(4, 5, 4);
        ShouldBeClose(found, layers.Sample(input, same), 1e-12);
        ShouldBeClose(network.KlDivergence(), layers.KlDivergence(), 1e-12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void It_learns_and_predicts_both_outputs(int form)
    {
        using var model = Forms()[form];
        var (input, classes, values) = Data(300);
        using var loss = new ElboLoss(Joint(), 300);
        var target = JointLikelihood.JoinTargets(classes, values);
        var history = new VariationalTrainer(model, loss, new() { Epochs = 40, BatchSize = 50, LearningRate = 0.02 })
            .Fit(input, target, (input, target));
        history.RefusedSteps.Should().Be(0);
        using var prediction = new MonteCarloPredictive(model, loss.Likelihood, 20, seed: 1).Predict(input, target);
        using Predictive ofClasses = prediction.Part(0), ofValues = prediction.Part(1);
        ofClasses.Mean.argmax(1).eq(classes).to(float32).mean().item<float>().Should().BeGreaterThan(0.8f);
        (ofValues.Mean - values).abs().mean().item<float>().Should().BeLessThan(0.5f);
    }

    /// <summary>Blocks, draws, threads and kept samples change nothing but rounding, and parts of merged predictions are merged parts.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Blocks_parts_and_merges_agree(int form)
    {
        using var model = Forms()[form];
        var (input, classes, values) = Data(900);
        var target = JointLikelihood.JoinTargets(classes, values);
        MonteCarloPredictive Predictor(int samples, MemoryBudget? budget = null, double? tolerance = null) =>
            new(model, Joint(), samples, seed: 7, budget, tolerance);
        using var whole = Predictor(13).Predict(input, target, keepSamples: true);
        using var small = Predictor(13, MemoryBudget.FromMebibytes(1)).Predict(input, target);
        using Predictive first = Predictor(5).Predict(input, target), second = Predictor(8).Predict(input, target, firstDraw: 5);
        using var merged = Predictive.Merge(second, first);
        foreach (var other in new[] { small, merged })
        {
            ShouldBeClose(other.Mean, whole.Mean, 1e-5);
            ShouldBeClose(other.LogPredictiveDensity, whole.LogPredictiveDensity, 1e-4);
            using Predictive part = other.Part(0), expected = whole.Part(0);
            ShouldBeClose(part.MutualInformation, expected.MutualInformation, 1e-5);
        }
        using Predictive one = first.Part(1), two = second.Part(1);
        using Predictive ofParts = Predictive.Merge(one, two), ofMerged = merged.Part(1);
        ShouldBeClose(ofParts.Mean, ofMerged.Mean, 0);
        ofParts.ToString().Should().Be("Predictive([900, 1], draws 0 to 12 of seed 7)");
        using var upper = Predictor(13).Predict(input[..400]);
        using var lower = Predictor(13).Predict(input[400..]);
        using var rows = Predictive.Concatenate(upper, lower);
        ShouldBeClose(rows.Mean, whole.Mean, 1e-5);
        using var samples = whole.Part(1);
        ShouldBeClose(samples.Samples, whole.Samples[.., .., 3..], 0);
        using var enough = Predictor(1_000, tolerance: 10).Predict(input);
        enough.SamplesUsed.Should().Be(32);
        int before = get_num_threads();
        try
        {
            set_num_threads(3);
            using var threads = Predictor(13).Predict(input, target);
            ShouldBeClose(threads.Mean, whole.Mean, 1e-5);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void No_tensor_stays_behind(int form)
    {
        using var model = Forms()[form];
        var (input, classes, values) = Data(20);
        var target = JointLikelihood.JoinTargets(classes, values);
        using var loss = new ElboLoss(Joint(), 20);
        var predictor = new MonteCarloPredictive(model, loss.Likelihood, 5, seed: 1);
        using var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters, 0.01));
        void Use()
        {
            using var scope = NewDisposeScope();
            step.ComputeGradients(input, target).Dispose();
            using var prediction = predictor.Predict(input, target);
            prediction.Part(1).Dispose();
        }
        Use();
        long before = LiveTensors();
        Use();
        LiveTensors().Should().Be(before);
    }

    /// <summary>The gradient of a step in weight space is that of two losses of the same draw.</summary>
    [Fact]
    public void A_step_has_the_gradient_of_two_losses()
    {
        using var model = new TwoHeads(ScalarType.Float64).ToBayesian();
        var network = (TwoHeads)((WeightSpaceModule)model).Network;
        var (input, classes, values) = Data(12);
        (input, values) = (input.to(float64), values.to(float64));
        var joint = new JointLikelihood(new OutputPart(new CategoricalLikelihood(), 3), new OutputPart(new GaussianLikelihood(0.5), 1));
        using var loss = new ElboLoss(joint, 12, beta: 0);
        using var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters, 0.01), new Reparameterization(1, new NoNoise()));
        step.ComputeGradients(input, JointLikelihood.JoinTargets(classes, values)).Dispose();
        var found = network.parameters().Select(each => each.grad!.clone()).ToArray();
        network.zero_grad();
        var (logits, value) = network.call(input);
        (functional.cross_entropy(logits, classes) - new GaussianLikelihood(0.5).LogProbability(value, values).mean()).backward();
        foreach (var (gradient, parameter) in found.Zip(network.parameters()))
            ShouldBeClose(gradient, parameter.grad!, 1e-12);
    }

    [Fact]
    public void It_is_saved_and_loaded()
    {
        var input = randn(4, 3);
        foreach (int? output in new int?[] { null, 0, 1 })
        {
            using BayesianModule model = new TwoHeads().ToBayesian(new() { Output = output }),
                other = new TwoHeads().ToBayesian(new() { Output = output });
            using ElboLoss loss = new(Joint(), 10), loaded = new(Joint(), 10);
            using (no_grad())
                loss.parameters().Single().add_(0.3);
            using var stream = new MemoryStream();
            Checkpoint.Save(model, stream, loss);
            stream.Position = 0;
            Checkpoint.Load(other, stream, loaded);
            ShouldBeClose(loaded.parameters().Single(), loss.parameters().Single(), 0);
            using PosteriorDraws draws = new(seed: 3, count: 4), same = new(seed: 3, count: 4);
            ShouldBeClose(other.Sample(input, draws), model.Sample(input, same), 0);
            stream.Position = 0;
            using var made = Checkpoint.LoadModel(stream, make: saved => saved.Type == nameof(TwoHeads) ? new TwoHeads() : null);
            made.Likelihood.ToString().Should().Be(loss.Likelihood.ToString());
            ((WeightSpaceModule)made.Model).OutputIndex.Should().Be(output);
            using PosteriorDraws again = new(seed: 3, count: 4), equal = new(seed: 3, count: 4);
            ShouldBeClose(made.Model.Sample(input, again), model.Sample(input, equal), 0);
            if (output is null)
                continue;
            stream.Position = 0;
            using var joined = new TwoHeads().ToBayesian();
            FluentActions.Invoking(() => Checkpoint.Load(joined, stream, loaded)).Should().Throw<CheckpointException>();
        }
    }

    [Fact]
    public void A_network_with_several_outputs_is_no_member_of_a_sequence()
    {
        using var model = new BayesianSequential(new BayesianLinear(3, 3), new OneHead(new TwoHeads(), 0));
        using var stream = new MemoryStream();
        Checkpoint.Save(model, stream);
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.LoadModel(stream, make: _ => new TwoHeads())).Should().Throw<CheckpointException>()
            .WithMessage("The function 'make' returned a TwoHeads for '1'; expected an nn.Module<Tensor, Tensor>.");
    }

    /// <summary>Inside a range, the same parameter means the same scale, for each part.</summary>
    [Fact]
    public void A_learned_scale_outside_the_range_of_its_part_is_refused()
    {
        using BayesianLinear saved = new(2, 4), model = new(2, 4);
        JointLikelihood With(Likelihood noise) => new(new OutputPart(new CategoricalLikelihood(), 3), new OutputPart(noise, 1));
        using ElboLoss loss = new(With(GaussianLikelihood.Learned(0.3)), 10),
            narrow = new(With(GaussianLikelihood.Learned(2, minStddev: 1, maxStddev: 4)), 10), wide = new(With(GaussianLikelihood.Learned(2)), 10);
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream, loss);
        stream.Position = 0;
        FluentActions.Invoking(() => Checkpoint.Load(model, stream, narrow)).Should().Throw<CheckpointException>()
            .WithMessage("The file's tensor 'loss.likelihood.1.log_stddev' is the logarithm of 0.2999*range of the model's likelihood, 1 to 4.");
        stream.Position = 0;
        Checkpoint.Load(model, stream, wide);
        ((GaussianLikelihood)((JointLikelihood)wide.Likelihood).Parts[1].Likelihood).Stddev.Should().BeApproximately(0.3, 1e-6);
    }

    /// <summary>The last layer of a chosen output has a front; if both outputs need it, each draw runs the whole network.</summary>
    [Fact]
    public void The_last_layer_alone_can_be_random()
    {
        var input = randn(6, 3);
        using var chosen = new TwoHeads().ToBayesian(new() { Output = 1, LastLayerOnly = true, Example = input });
        using var both = new TwoHeads().ToBayesian(new() { LastLayerOnly = true, Example = input });
        using var other = new TwoHeads().ToBayesian(new() { Output = 0, LastLayerOnly = true });
        foreach (var model in new[] { chosen, both })
            ((WeightSpaceModule)model).LastLayerPath.Should().Be("value");
        chosen.Sample(input, new LocalReparameterization(3)).shape.Should().Equal(3, 6, 1);
        chosen.Sample(input, 3).shape.Should().Equal(3, 6, 1);
        var outputs = both.Sample(input, 3);
        outputs.shape.Should().Equal(3, 6, 4);
        ShouldBeClose(outputs[0, .., ..3], outputs[1, .., ..3], 0, "the classes are not random");
        ShouldDiffer(outputs[0, .., 3..], outputs[1, .., 3..]);
        both.Invoking(each => each.Sample(input, new LocalReparameterization(3))).Should().Throw<InvalidOperationException>();
        foreach (var use in new Action[]
        {
            () => other.Sample(input, 3), () => new TwoHeads().ToBayesian(new() { Output = 0, LastLayerOnly = true, Example = input }),
        })
            use.Should().Throw<InvalidOperationException>().WithMessage(
                "Output 0 of the TwoHeads does not depend on its last layer, 'value', so nothing in it would be random; expected Paths *");
        int calls = ((TwoHeads)((WeightSpaceModule)chosen).Network).Calls;
        var predictor = new MonteCarloPredictive(chosen, new GaussianLikelihood(1), 40, seed: 1);
        predictor.Predict(input).Dispose();
        (((TwoHeads)((WeightSpaceModule)chosen).Network).Calls - calls).Should().BeLessThan(10, "the front runs once for all draws");
    }

    /// <summary>The outputs of TorchSharp's recurrent modules are tuples.</summary>
    [Fact]
    public void A_recurrent_module_is_a_network_with_several_outputs()
    {
        using var noGrad = no_grad();
        using var lstm = LSTM(3, 4, batchFirst: true).ToBayesian(new() { Output = 0 });
        lstm.Sample(randn(2, 5, 3), 6).shape.Should().Equal(6, 2, 5, 4);
        using var joined = LSTM(3, 4, batchFirst: true).ToBayesian();
        joined.Invoking(each => each.Sample(randn(2, 5, 3), 6)).Should().Throw<InvalidOperationException>().WithMessage(
            "LSTM returned shapes [2, 5, 4] and [1, 2, 4] and [1, 2, 4]; expected [batch, …] each, or the number of the output that is predicted *");
        using var gru = GRU(3, 4, batchFirst: true).ToBayesian(new() { Output = 0 });
        gru.Sample((randn(1, 5, 3), randn(1, 1, 4)), 6).shape.Should().Equal(6, 1, 5, 4);
    }

    [Fact]
    public void Outputs_that_cannot_be_joined_are_refused()
    {
        using var indices = new WithIndices().ToBayesian();
        indices.Invoking(each => each.Sample(randn(2, 3), 2)).Should().Throw<InvalidOperationException>().WithMessage(
            "Output 1 of the WithIndices is of type Int64; expected floating-point types, or the number of the output that is predicted *");
        using var chosen = new WithIndices().ToBayesian(new() { Output = 0 });
        chosen.Sample(randn(2, 3), 2).shape.Should().Equal(2, 2, 3);
        FluentActions.Invoking(() => new Strange().ToBayesian()).Should().Throw<ArgumentException>()
            .WithMessage("A Strange does not take one to four tensors and return one to three; *");
    }

    /// <summary>A plain network with several outputs is a distribution with one function.</summary>
    [Fact]
    public void A_plain_network_is_joined_too()
    {
        var network = new TwoHeads();
        using var prediction = new MonteCarloPredictive(FunctionDistribution.Of(network), Joint(), 3, seed: 1).Predict(randn(5, 3));
        prediction.Mean.shape.Should().Equal(5, 4);
        prediction.Part(0).MutualInformation.abs().max().item<float>().Should().BeLessThan(1e-6f);
    }

    private sealed class NoNoise : NoiseSource
    {
        public override Tensor StandardNormal(ReadOnlySpan<long> shape, ScalarType dtype, Device device) => zeros(shape.ToArray(), dtype, device);
    }

    private sealed class WithIndices : Module<Tensor, (Tensor, Tensor)>
    {
        private readonly Linear last = Linear(3, 3);

        public WithIndices() : base(nameof(WithIndices)) => RegisterComponents();

        public override (Tensor, Tensor) forward(Tensor input)
        {
            var output = last.call(input);
            return (output, output.argmax(1));
        }
    }

    private sealed class Strange : Module<Tensor, string>
    {
        private readonly Linear last = Linear(3, 3);

        public Strange() : base(nameof(Strange)) => RegisterComponents();

        public override string forward(Tensor input) => $"{last.call(input)}";
    }
}

/// <summary>A body with a head for a class and one for a number.</summary>
internal sealed class TwoHeads : Module<Tensor, (Tensor Classes, Tensor Value)>
{
    public readonly Linear body, classes, value;

    public TwoHeads(ScalarType dtype = ScalarType.Float32) : base(nameof(TwoHeads))
    {
        (body, classes, value) = (Linear(3, 8, dtype: dtype), Linear(8, 3, dtype: dtype), Linear(8, 1, dtype: dtype));
        RegisterComponents();
    }

    /// <summary>How often it was called.</summary>
    public int Calls { get; private set; }

    public override (Tensor Classes, Tensor Value) forward(Tensor input)
    {
        Calls++;
        var hidden = body.call(input).tanh();
        return (classes.call(hidden), value.call(hidden));
    }
}

/// <summary>The same network with one of its outputs.</summary>
internal sealed class OneHead : Module<Tensor, Tensor>
{
    private readonly Linear body, classes, value;
    private readonly int _output;

    public OneHead(TwoHeads both, int output) : base(nameof(OneHead))
    {
        (body, classes, value, _output) = (both.body, both.classes, both.value, output);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var hidden = body.call(input).tanh();
        return _output == 0 ? classes.call(hidden) : value.call(hidden);
    }
}

/// <summary>The same network of Bayesian layers.</summary>
internal sealed class LayeredHeads : BayesianModule
{
    private readonly BayesianLinear body, classes, value;

    public LayeredHeads(ScalarType dtype = ScalarType.Float32) : base(nameof(LayeredHeads))
    {
        (body, classes, value) = (new(3, 8, dtype: dtype), new(8, 3, dtype: dtype), new(8, 1, dtype: dtype));
        RegisterComponents();
    }

    public override Tensor Propagate(Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        var hidden = body.Propagate(input, pass).tanh();
        return JointLikelihood.JoinOutputs(classes.Propagate(hidden, pass), value.Propagate(hidden, pass)).MoveToOuterDisposeScope();
    }
}
