using Bayes.Layers.Checkpoints;
using Bayes.Layers.Conversion;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Tests.Reliability;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Networks;

/// <summary>What several threads may do at once with a network whose parameters hold the weights of a draw during a pass.</summary>
public sealed class WeightSpaceThreadsTests : TorchTest
{
    private const int Rows = 40, AtOnce = 4;

    private static readonly GaussianLikelihood Likelihood = new(0.3);

    private static readonly BayesianConversion Options = new() { Initializer = new FanInInitializer(stddevRatio: 0.5) };

    private static readonly Dictionary<string, Func<nn.Module<Tensor, Tensor>>> Networks = new()
    {
        ["residual"] = () => new ResidualNetwork(5, 1),
        ["recurrent"] = () => new SequenceNetwork(1),
        ["words"] = () => new WordNetwork(1),
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    public static TheoryData<string, bool> Cases => new(from name in Networks.Keys from copies in new[] { false, true } select (name, copies));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Predictions_at_the_same_time_give_the_bits_of_one_after_the_other(string name, bool copies)
    {
        using var model = Networks[name]().ToBayesian(Options with { Copy = copies ? Networks[name] : null });
        model.eval();
        var input = randn(Rows, 5);
        double[] Predict(int seed)
        {
            using var scope = NewDisposeScope();
            return Values(new MonteCarloPredictive(model, Likelihood, samples: 20, seed).Predict(input).Mean);
        }
        double[][] alone = [.. Enumerable.Range(0, AtOnce).Select(Predict)];
        alone[0].Should().NotEqual(alone[1]);
        string bits = Bits.Of(model);
        OnThreads(i =>
        {
            for (int k = 0; k < 5; k++)
                Predict(i).Should().Equal(alone[i]);
        });
        Bits.Of(model).Should().Be(bits);
        model.training.Should().BeFalse();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Two_models_of_one_network_wait_for_each_other(string name)
    {
        var network = Networks[name]();
        BayesianModule[] models = [network.ToBayesian(Options), network.ToBayesian(Options with { Initializer = new FanInInitializer(1, 0.2) })];
        network.eval();
        models[0].eval();
        models[1].eval();
        var input = randn(Rows, 5);
        double[] Predict(int which)
        {
            using var scope = NewDisposeScope();
            return Values(new MonteCarloPredictive(models[which], Likelihood, samples: 20, seed: 3).Predict(input).Mean);
        }
        double[][] alone = [Predict(0), Predict(1)];
        alone[0].Should().NotEqual(alone[1]);
        OnThreads(i =>
        {
            for (int k = 0; k < 5; k++)
                Predict(i % 2).Should().Equal(alone[i % 2]);
        });
        models[0].Dispose();
    }

    /// <summary>docs/reliability.md allows this for every model.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Divergence_diagnostics_and_files_are_those_of_the_means_during_a_prediction(string name, bool copies)
    {
        using var model = Networks[name]().ToBayesian(Options with { Copy = copies ? Networks[name] : null });
        model.eval();
        var input = randn(Rows, 5);
        using var loss = new ElboLoss(Likelihood, Rows);
        double divergence = Divergence();
        string table = PosteriorDiagnostics.Of(model, loss).ToString();
        byte[] file = Saved();
        OnThreads(i =>
        {
            for (int k = 0; k < 10; k++)
                if (i < 2)
                    new MonteCarloPredictive(model, Likelihood, samples: 40, seed: i).Predict(input).Dispose();
                else
                {
                    Divergence().Should().Be(divergence);
                    PosteriorDiagnostics.Of(model, loss).ToString().Should().Be(table);
                    Saved().AsSpan().SequenceEqual(file).Should().BeTrue();
                }
        });

        double Divergence()
        {
            using var scope = NewDisposeScope();
            return model.KlDivergence().ToDouble();
        }

        byte[] Saved()
        {
            using var stream = new MemoryStream();
            Checkpoint.Save(model, stream, loss);
            return stream.ToArray();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_part_in_training_mode_stays_in_it(bool copies)
    {
        static WithDropout Make() => new();
        var network = Make();
        using var model = network.ToBayesian(Options with { Copy = copies ? Make : null });
        model.eval();
        network.dropout.train();
        using var noGrad = no_grad();
        var input = ones(1_000, 5);
        var output = model.Sample(input, 1).squeeze(0);
        output.eq(0).any().ToBoolean().Should().BeTrue("dropout is on");
        output.eq(0).all().ToBoolean().Should().BeFalse();
    }

    private sealed class WithDropout : nn.Module<Tensor, Tensor>
    {
        public readonly TorchSharp.Modules.Linear layer = nn.Linear(5, 1);
        public readonly TorchSharp.Modules.Dropout dropout = nn.Dropout(0.5);

        public WithDropout() : base(nameof(WithDropout)) => RegisterComponents();

        public override Tensor forward(Tensor input) => dropout.call(layer.call(input));
    }

    [Fact]
    public void A_prediction_while_another_thread_trains_is_refused()
    {
        using var model = new ResidualNetwork(5, 1).ToBayesian(Options);
        using var loss = new ElboLoss(Likelihood, Rows);
        Tensor input = randn(Rows, 5), target = randn(Rows, 1);
        Exception? refusal = null;
        int steps = 0;
        new VariationalTrainer(model, loss, new() { Epochs = 1, BatchSize = Rows / 4, Estimator = new Reparameterization(2) }).Fit(
            () => Batches(), 4);
        steps.Should().Be(4, "the training goes on");
        refusal.Should().BeOfType<InvalidOperationException>().Which.Message.Should().Match(
            "This WeightSpaceModule, or a part of it, is being trained on another thread, and a prediction would switch it to evaluation mode *");

        IEnumerable<(Tensor, Tensor)> Batches()
        {
            for (int row = 0; row < Rows; row += Rows / 4)
            {
                if (steps++ == 2)
                    OwnThreads.Run(() =>
                    {
                        try
                        {
                            new MonteCarloPredictive(model, Likelihood, samples: 2, seed: 1).Predict(input).Dispose();
                        }
                        catch (InvalidOperationException exception)
                        {
                            refusal = exception;
                        }
                    });
                yield return (input.narrow(0, row, Rows / 4), target.narrow(0, row, Rows / 4));
            }
        }
    }

    private static void OnThreads(Action<int> action) =>
        OwnThreads.Run([.. Enumerable.Range(0, AtOnce).Select(i => (Action)(() => action(i)))]);
}
