using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using Bayes.Layers.Tests.Reliability;
using Bayes.Layers.Training;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Training;

/// <summary>A factory may return any optimizer that steps every parameter once.</summary>
public sealed class OptimizersOfStepsTests : TorchTest
{
    private const int Rows = 20;

    private static readonly Dictionary<string, Func<BayesianModule>> Models = new()
    {
        ["in one storage"] = () => new BayesianSequential(new BayesianLinear(3, 4), Tanh(), new BayesianLinear(4, 1)),
        ["with plain layers"] = () => new BayesianSequential(nn.Linear(3, 4), Tanh(), new BayesianLinear(4, 1)),
        ["not in one storage"] = () =>
            new BayesianSequential(new BayesianLinear(3, 4, prior: new StudentTPrior(4, 1)), Tanh(), new BayesianLinear(4, 1)),
    };

    public static TheoryData<string> Kinds => [.. Models.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_optimizer_of_the_models_parameters_trains_like_one_of_the_given_parameters(string kind)
    {
        string Train(Func<BayesianModule, ElboLoss, Func<IEnumerable<Parameter>, optim.Optimizer>> create)
        {
            random.manual_seed(7);
            using var noise = new TorchNoise(1);
            using var model = Models[kind]();
            using var loss = new ElboLoss(GaussianLikelihood.Learned(), Rows);
            Tensor input = randn(Rows, 3), target = randn(Rows, 1);
            new VariationalTrainer(model, loss, new() { Epochs = 5, BatchSize = 7, Estimator = new Reparameterization(1, noise), CreateOptimizer =
                (parameters, _) => create(model, loss)(parameters) })
                .Fit(input, target);
            return Bits.Of(model, loss);
        }
        string expected = Train((_, _) => parameters => optim.Adam(parameters, 0.01));
        Train((model, loss) => _ => optim.Adam(model.parameters().Concat(loss.parameters()), 0.01)).Should().Be(expected);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Groups_of_layers_have_their_own_learning_rates(string kind)
    {
        using var model = Models[kind]();
        using var loss = new ElboLoss(new GaussianLikelihood(1), Rows);
        var layers = model.children().ToArray();
        string[] before = [.. layers.Select(layer => Bits.Of(layer))];
        new VariationalTrainer(model, loss, new()
        {
            Epochs = 2,
            CreateOptimizer = (_, rate) =>
                optim.Adam([new Adam.ParamGroup(layers[0].parameters(), 0), new Adam.ParamGroup(layers[2].parameters(), rate)]),
        }).Fit(randn(Rows, 3), randn(Rows, 1));
        string[] after = [.. layers.Select(layer => Bits.Of(layer))];
        after[0].Should().Be(before[0]);
        after[2].Should().NotBe(before[2]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_optimizer_made_before_the_step_is_refused_in_one_sentence(string kind)
    {
        using var model = Models[kind]();
        using var loss = new ElboLoss(new GaussianLikelihood(1), Rows);
        using var before = optim.Adam(model.parameters());
        var trainer = new VariationalTrainer(model, loss, new() { Epochs = 2, CreateOptimizer = (_, _) => before });
        if (kind == "not in one storage")
            trainer.Fit(randn(Rows, 3), randn(Rows, 1)).End.Should().Be(TrainingEnd.LastEpoch, "no parameter of this model is replaced");
        else
            trainer.Invoking(t => t.Fit(randn(Rows, 3), randn(Rows, 1))).Should().Throw<ArgumentException>()
                .WithMessage("The optimizer lacks * of * parameters, the first of shape *earlier ones were replaced*");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_optimizer_that_lacks_parameters_is_refused(string kind)
    {
        using var model = Models[kind]();
        using var loss = new ElboLoss(GaussianLikelihood.Learned(), Rows);
        model.Invoking(m => new VariationalStep(m, loss, _ => optim.SGD(m.parameters(), 0.1))).Should().Throw<ArgumentException>()
            .WithMessage("The optimizer lacks 1 of * parameters*");
        model.Invoking(m => new VariationalStep(m, loss, parameters => optim.SGD(parameters.Skip(1), 0.1))).Should().Throw<ArgumentException>()
            .WithMessage("The optimizer lacks 1 of * parameters*");
    }

    [Fact]
    public void An_optimizer_that_holds_parameters_twice_is_refused()
    {
        using var model = Models["in one storage"]();
        using var loss = new ElboLoss(new GaussianLikelihood(1), Rows);
        model.Invoking(m => new VariationalStep(m, loss, parameters => optim.SGD(parameters.Concat(m.parameters()), 0.1))).Should()
            .Throw<ArgumentException>().WithMessage("The optimizer holds parameters twice*");
    }

    [Fact]
    public void Frozen_parameters_may_be_omitted()
    {
        using var model = Models["with plain layers"]();
        foreach (var parameter in model.children().First().parameters())
            parameter.requires_grad = false;
        using var loss = new ElboLoss(new GaussianLikelihood(1), Rows);
        using var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters.Where(parameter => parameter.requires_grad), 0.1));
        step.Run(randn(Rows, 3), randn(Rows, 1)).Dispose();
    }

    [Fact]
    public void In_half_precision_the_message_names_epsilon()
    {
        using var model = new BayesianLinear(3, 1, dtype: float16);
        using var loss = new ElboLoss(new GaussianLikelihood(1), Rows);
        Tensor input = zeros(Rows, 3, float16), target = randn(Rows, 1).to(float16);
        new VariationalTrainer(model, loss, new() { CreateOptimizer = (parameters, rate) => optim.Adam(parameters, rate) })
            .Invoking(trainer => trainer.Fit(input, target))
            .Should().Throw<TrainingDivergedException>().WithMessage("*the optimizer's epsilon of 1E-08 is 0 in Float16*set eps to 0.0001*");
        model.state_dict().Values.SelectMany(Values).Should().OnlyContain(number => double.IsFinite(number));
        new VariationalTrainer(model, loss, new() { Epochs = 3, CreateOptimizer = (parameters, rate) => optim.Adam(parameters, rate, eps: 1e-4) })
            .Fit(input, target).RefusedSteps.Should().Be(0);
    }
}
