using Bayes.Layers.Checkpoints;
using Bayes.Layers.Ensembles;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Laws;
using Bayes.Layers.Tests.Networks;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Ensembles;

/// <summary>Members that share the weights of one network, up to scales of inputs and outputs.</summary>
public sealed class BatchEnsembleTests : TorchTest
{
    private const int Members = 3;

    private static Sequential Dense(ScalarType dtype = ScalarType.Float64) =>
        Sequential(Linear(2, 4, dtype: dtype), Tanh(), Linear(4, 1, dtype: dtype));

    // The weights of a member, by the formula of the paper.
    private static (Tensor Weight, Tensor Bias) Member(BayesianModule model, string layer, int member)
    {
        var state = model.state_dict();
        Tensor mean = state[$"{layer}.weight_mu"], output = state[$"{layer}.weight_output_scale"][member],
            input = state[$"{layer}.weight_input_scale"][member];
        long[] kernel = [.. mean.shape.Skip(2).Select(_ => 1L)];
        var weight = mean * output.view([-1, 1, .. kernel]) * input.view([1, -1, .. kernel]);
        return (weight, state[$"{layer}.bias_mu"] + state[$"{layer}.bias_offset"][member]);
    }

    private static void Scatter(BayesianModule model)
    {
        using var _ = no_grad();
        foreach (var parameter in model.parameters())
            parameter.add_(Normal(parameter.shape).mul(0.3));
    }

    [Fact]
    public void Draw_k_is_member_k_in_all_layers_and_as_many_draws_are_exact()
    {
        using var model = Dense().ToBatchEnsemble(Members);
        Scatter(model);
        FunctionDistribution.Of(model).ExactSamples.Should().Be(Members);
        var input = Normal(6, 2);
        using var noGrad = no_grad();
        var found = model.Sample(input, new PosteriorDraws(seed: 5, count: 4, first: 1));
        for (int draw = 0; draw < 4; draw++)
        {
            var (first, last) = (Member(model, "0", (draw + 1) % Members), Member(model, "2", (draw + 1) % Members));
            var hidden = functional.linear(input, first.Weight, first.Bias).tanh();
            ShouldBeClose(found[draw], functional.linear(hidden, last.Weight, last.Bias), 1e-12);
        }
    }

    [Fact]
    public void Convolutions_have_scales_of_their_channels()
    {
        using var model = Sequential(Conv2d(2, 3, 3, padding: 1, dtype: float64), Flatten(), Linear(48, 1, dtype: float64)).ToBatchEnsemble(Members);
        Scatter(model);
        model.state_dict()["0.weight_input_scale"].shape.Should().Equal(Members, 2);
        var input = Normal(5, 2, 4, 4);
        using var noGrad = no_grad();
        var found = model.Sample(input, new PosteriorDraws(seed: 5, Members));
        for (int draw = 0; draw < Members; draw++)
        {
            var (first, last) = (Member(model, "0", draw), Member(model, "2", draw));
            var hidden = functional.conv2d(input, first.Weight, first.Bias, padding: [1, 1]).flatten(1);
            ShouldBeClose(found[draw], functional.linear(hidden, last.Weight, last.Bias), 1e-12);
        }
    }

    [Fact]
    public void Members_start_at_the_network_and_share_its_weights()
    {
        var network = Dense();
        var input = Normal(6, 2);
        var expected = network.call(input).detach().clone();
        using var model = network.ToBatchEnsemble(Members, new() { Spread = 0 });
        var drawn = model.Sample(input, new PosteriorDraws(seed: 5, Members));
        for (int draw = 0; draw < Members; draw++)
            ShouldBeClose(drawn[draw], expected, 1e-12);
        // M (in + 2 out) numbers more than the network.
        model.parameters().Sum(each => each.numel()).Should().Be(12 + 5 + Members * (2 + 2 * 4 + 4 + 2 * 1));
    }

    /// <summary>M draws train each member once: the loss and its gradients are those of the members, one by one.</summary>
    [Fact]
    public void A_step_is_that_of_all_members_with_their_prior()
    {
        using var model = Dense().ToBatchEnsemble(Members, new() { Prior = new NormalPrior(0, 0.7) });
        Scatter(model);
        var (input, target) = (Normal(8, 2), Normal(8, 1));
        var likelihood = new GaussianLikelihood(0.5);
        using var loss = new ElboLoss(likelihood, 8);
        var (output, divergence) = model.SampleWithKl(input, model.TrainingEstimator);
        loss.Evaluate(output, target, divergence).Total.backward();
        Tensor[] found = [.. model.parameters().Select(each => each.grad!.clone())];
        foreach (var parameter in model.parameters())
            parameter.grad = null;

        var sum = zeros([], float64);
        for (int member = 0; member < Members; member++)
        {
            var (first, last) = (Member(model, "0", member), Member(model, "2", member));
            var direct = functional.linear(functional.linear(input, first.Weight, first.Bias).tanh(), last.Weight, last.Bias);
            sum = sum - likelihood.LogProbability(direct, target).sum();
            foreach (var weight in new[] { first.Weight, first.Bias, last.Weight, last.Bias })
                sum = sum - new NormalPrior(0, 0.7).LogProbability(weight).sum();
        }
        (sum / (8 * Members)).backward();
        foreach (var (parameter, gradient) in model.parameters().Zip(found))
            ShouldBeClose(gradient, parameter.grad!, 1e-11);
    }

    [Fact]
    public void The_trainer_trains_a_sequence_and_a_network_with_a_forward_of_its_own()
    {
        var inputs = randn(80, 2);
        var targets = inputs.sum([1L], keepdim: true).sin();
        foreach (var network in new nn.Module<Tensor, Tensor>[] { Dense(float32), new ResidualNetwork(2, 1) })
        {
            using var model = network.ToBatchEnsemble(Members);
            var history = new VariationalTrainer(model, new ElboLoss(new GaussianLikelihood(0.2), 80), new() { Epochs = 80, LearningRate = 0.02 })
                .Fit(inputs, targets);
            history.Epochs[^1].NegativeLogLikelihood.Should().BeLessThan(history.Epochs[0].NegativeLogLikelihood / 3);
            using var predictor = new MonteCarloPredictive(FunctionDistribution.Of(model), new GaussianLikelihood(0.2), seed: 1);
            using var far = predictor.Predict(inputs.mul(5));
            using var near = predictor.Predict(inputs);
            near.SamplesUsed.Should().Be(Members);
            Values(far.EpistemicStddev.mean()).Single().Should().BeGreaterThan(Values(near.EpistemicStddev.mean()).Single());
        }
    }

    /// <summary>In weight space too, the tensors of a draw belong to one member: with a loss of the members' outputs, gradients are theirs.</summary>
    [Fact]
    public void A_step_in_weight_space_has_one_member_in_all_layers()
    {
        using var model = new ResidualNetwork(2, 1, float64).ToBatchEnsemble(Members);
        model.Should().BeOfType<WeightSpaceModule>();
        var (input, target) = (Normal(8, 2), Normal(8, 1));
        using var step = new VariationalStep(
            model, new ElboLoss(new GaussianLikelihood(0.5), 8), parameters => optim.SGD(parameters, 0.1), model.TrainingEstimator);
        using var terms = step.ComputeGradients(input, target);
        var outputs = model.Sample(input, new PosteriorDraws(1, Members));
        double expected = -new GaussianLikelihood(0.5).LogProbability(outputs, target.unsqueeze(0).expand(Members, -1, -1)[0]).mean().ToDouble();
        terms.NegativeLogLikelihood.ToDouble().Should().BeApproximately(expected, 1e-10);
    }

    [Fact]
    public void A_file_keeps_the_members()
    {
        using var model = Dense().ToBatchEnsemble(Members, new() { Spread = 0.2 });
        using var stream = new MemoryStream();
        Checkpoint.Save(model, stream);
        stream.Position = 0;
        var loaded = Checkpoint.LoadModel(stream).Model;
        var input = Normal(4, 2);
        ShouldBeClose(loaded.Sample(input, new PosteriorDraws(1, Members)), model.Sample(input, new PosteriorDraws(1, Members)), 0);
    }

    [Fact]
    public void What_cannot_be_a_batch_ensemble_is_refused()
    {
        FluentActions.Invoking(() => Dense().ToBatchEnsemble(0)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("members is 0; expected a whole number of at least 1.*");
        FluentActions.Invoking(() => Sequential(Tanh()).ToBatchEnsemble(2)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new BatchEnsembleOptions { Spread = -1 }).Should().Throw<ArgumentOutOfRangeException>();
        using var model = Dense().ToBatchEnsemble(2, new() { Prior = new LearnedScalePrior() });
        model.Invoking(each => each.KlDivergence()).Should().Throw<NotSupportedException>()
            .WithMessage("* learns its scales, which needs a posterior with a density; expected a prior that is fixed, such as NormalPrior.");
    }
}

/// <summary>The members of a batch ensemble are a distribution over functions.</summary>
public sealed class BatchEnsembleDistributionTests : FunctionDistributionLaws
{
    protected override bool IsRandom => false;

    protected override FunctionDistribution Create() =>
        FunctionDistribution.Of(Sequential(Linear(3, 8), Tanh(), Linear(8, 1)).ToBatchEnsemble(3));
}
