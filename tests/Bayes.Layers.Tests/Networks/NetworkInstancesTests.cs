using Bayes.Layers.Conversion;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Reliability;

namespace Bayes.Layers.Tests.Networks;

/// <summary>Predictions on several threads, each with an instance of the network that a function of the user's makes.</summary>
public sealed class NetworkInstancesTests : TorchTest
{
    private const int Threads = 3;

    private static readonly GaussianLikelihood Likelihood = new(0.3);

    private static readonly BayesianConversion Options = new() { Initializer = new FanInInitializer(stddevRatio: 0.5) };

    private static readonly Dictionary<string, Func<nn.Module<Tensor, Tensor>>> Networks = new()
    {
        ["residual"] = () => new ResidualNetwork(5, 1),
        ["recurrent"] = () => new SequenceNetwork(1),
        ["batch normalization"] = () => new Normalized(),
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Predictions_on_threads_have_the_bits_of_those_on_one(string name)
    {
        int made = 0;
        using var model = Networks[name]().ToBayesian(Options with
        {
            Copy = () =>
            {
                Interlocked.Increment(ref made);
                return Networks[name]();
            },
        });
        model.eval();
        var input = randn(4_000, 5);
        using var predictive = new MonteCarloPredictive(model, Likelihood, samples: 150, seed: 2);
        int before = get_num_threads();
        double[] alone = Values(predictive.Predict(input).Mean);
        string bits = Bits.Of(model);
        made.Should().Be(1, "one thread needs one instance");
        try
        {
            set_num_threads(Threads);
            Values(predictive.Predict(input).Mean).Should().Equal(alone);
        }
        finally
        {
            set_num_threads(before);
        }
        made.Should().BeInRange(2, Threads + 1, "threads have instances of their own, and use them again");
        Bits.Of(model).Should().Be(bits);
    }

    [Fact]
    public void Instances_follow_what_is_not_random_and_the_type()
    {
        var network = new Normalized();
        using var model = network.ToBayesian(Options with { Copy = () => new Normalized() });
        model.eval();
        var input = randn(8, 5);
        using var predictive = new MonteCarloPredictive(model, Likelihood, samples: 4, seed: 2);
        double[] before = Values(predictive.Predict(input).Mean);
        using (no_grad())
            network.norm.running_mean!.add_(1);
        double[] after = Values(predictive.Predict(input).Mean);
        after.Should().NotEqual(before);
        using var alone = new Normalized();
        using (no_grad())
            foreach (var (name, value) in alone.state_dict())
                value.copy_(network.state_dict()[name]);
        using var other = alone.ToBayesian(Options);
        other.eval();
        Values(new MonteCarloPredictive(other, Likelihood, samples: 4, seed: 2).Predict(input).Mean).Should().Equal(after);
        model.to(float64);
        Values(predictive.Predict(input.to(float64)).Mean).Should().HaveSameCount(after).And.NotEqual(after);
    }

    private sealed class Normalized : nn.Module<Tensor, Tensor>
    {
        public readonly TorchSharp.Modules.Linear first = nn.Linear(5, 6);
        public readonly TorchSharp.Modules.BatchNorm1d norm = nn.BatchNorm1d(6);
        public readonly TorchSharp.Modules.Linear last = nn.Linear(6, 1);

        public Normalized() : base(nameof(Normalized)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return last.call(norm.call(first.call(input)).tanh()).MoveToOuterDisposeScope();
        }
    }
}
