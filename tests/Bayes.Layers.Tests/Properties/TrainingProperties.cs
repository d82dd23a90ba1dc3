using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Training;
using CsCheck;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Properties;

/// <summary>Training with any data trains or says what was expected, and no step makes a weight NaN.</summary>
public sealed class TrainingProperties : TorchTest
{
    private static readonly (Func<BayesianModule> Model, Func<Likelihood> Likelihood, long[] Input, long[] Target)[] Models =
    [
        (() => new BayesianSequential(new BayesianLinear(3, 4), Tanh(), new BayesianLinear(4, 1)), () => new BernoulliLikelihood(), [4, 3], [4, 1]),
        (() => new BayesianSequential(new BayesianLinear(3, 1), Sigmoid()),
            () => new BernoulliLikelihood(BernoulliOutput.Probabilities), [4, 3], [4, 1]),
        (() => new BayesianSequential(new BayesianLinear(3, 4), ReLU(), new BayesianLinear(4, 3)), () => new CategoricalLikelihood(), [4, 3], [4]),
        (() => new BayesianLinear(3, 2, dtype: float64), () => new GaussianLikelihood([0.5, 2]), [4, 3], [4, 2]),
        (() => new BayesianLinear(3, 1), () => GaussianLikelihood.Learned(), [4, 3], [4, 1]),
        (() => new BayesianSequential(new BayesianLinear(3, 4), new MonteCarloDropout(), new BayesianLinear(4, 2)),
            () => new HeteroscedasticGaussianLikelihood(), [4, 3], [4, 1]),
        (() => new BayesianSequential(new BayesianConv1d(1, 2, 2), Flatten(), new BayesianLinear(4, 1)), () => new PoissonLikelihood(),
            [4, 1, 3], [4, 1]),
        (() => new BayesianGRU(3, 1, returnsSequence: false), () => new StudentTLikelihood(2.5, 0.3), [4, 2, 3], [4, 1]),
        (() => new BayesianSequential(new BayesianEmbedding(4, 2), Flatten(), new BayesianLinear(4, 1)),
            () => new GaussianLikelihood(0.4), [4, 2], [4, 1]),
        (() => new BayesianSequential(), () => new GaussianLikelihood(1), [4, 2], [4, 2]),
    ];

    private static readonly Estimator[] Estimators = [new Reparameterization(), new Reparameterization(2), new LocalReparameterization(),
        new Flipout(2), PosteriorMean.Instance, new PosteriorDraws(1, 1)];

    private static readonly Gen<(int Model, TensorCase Input, TensorCase Target, int Estimator, double Number)> All = Gen.Int[0, Models.Length - 1]
        .SelectMany(model => Gen.Select(
        Gen.Const(model), TensorCase.Near(Models[model].Input), TensorCase.Near(Models[model].Target), Gen.Int[0, Estimators.Length - 1],
        Settings.Number));

    [Fact]
    public void Any_data_make_a_step_or_are_refused() => Cases.All(60, 500, All, each => Check(each, (model, loss, input, target) =>
    {
        Promise.Keeps(() =>
        {
            using var step = new VariationalStep(model, loss, parameters => optim.SGD(parameters, 1e-3), Estimators[each.Estimator]);
            Promise.Keeps(() => step.Run(input, target).Dispose());
            Promise.Keeps(() =>
            {
                step.ComputeGradients(input, target, each.Number).Dispose();
                step.GradientNorm();
                step.ScaleGradients(each.Number);
            });
        });
    }), Print);

    [Fact]
    public void Any_data_are_trained_on_or_refused() => Cases.All(61, 300, All, each => Check(each, (model, loss, input, target) =>
    {
        Promise.Keeps(() => new VariationalTrainer(model, loss, new VariationalTrainerOptions
        {
            Epochs = 2, BatchSize = 3, Estimator = Estimators[each.Estimator], MaximumRefusedInARow = 2, ValidationSamples = 2,
            MaximumGradientNorm = each.Number,
        }).Fit(input, target, validation: each.Number > 1 ? (input, target) : null));
        using var scope = NewDisposeScope();
        // A step with a loss or gradient that is not finite is refused.
        foreach (var parameter in model.parameters().Concat(loss.parameters()))
            if (parameter.isfinite().logical_not().any().item<bool>())
                throw new BrokenPromiseException("a weight that is not finite after training");
    }), Print);

    private static void Check((int Model, TensorCase Input, TensorCase Target, int Estimator, double Number) each,
        Action<BayesianModule, ElboLoss, Tensor, Tensor> check)
    {
        var (make, likelihood, rows, _) = Models[each.Model];
        long before = LiveTensors();
        using (var model = make())
        using (var loss = new ElboLoss(likelihood(), each.Input.Shape is [> 0, ..] shape ? shape[0] : rows[0]))
        using (Tensor input = each.Input.Make(), target = each.Target.Make())
        {
            check(model, loss, input, target);
        }
        long left = LiveTensors() - before;
        if (left != 0)
            throw new BrokenPromiseException($"{left} tensors left behind");
    }

    private static string Print((int Model, TensorCase Input, TensorCase Target, int Estimator, double Number) each) =>
        $"model {each.Model}, {Models[each.Model].Likelihood()}, input {each.Input}, target {each.Target}, "
        + $"{Estimators[each.Estimator].GetType().Name}, {each.Number}";
}
