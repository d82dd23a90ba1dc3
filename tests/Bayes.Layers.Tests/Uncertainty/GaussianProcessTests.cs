using Bayes.Layers.Uncertainty.GaussianProcesses;

namespace Bayes.Layers.Tests.Uncertainty;

public sealed class GaussianProcessTests : TorchTest
{
    public static TheoryData<bool, bool> Kinds => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    private static readonly double[] Hyperparameters = [0.2, -0.4, 0.1, 0.3, -1.5];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_gradient_is_that_of_finite_differences(bool isSparse, bool isMatern)
    {
        var (inputs, targets) = Drawn(40);
        var process = Process(inputs, targets, isSparse ? 6 : null, isMatern);
        double[] parameters = isSparse ? [.. Hyperparameters, .. Values(Normal(6, 3))] : Hyperparameters;
        double[] gradient = process.Evaluate(parameters)!.Value.Gradient;
        gradient.Should().HaveSameCount(parameters);
        for (int i = 0; i < parameters.Length; i++)
        {
            const double Step = 1e-5;
            double[] up = [.. parameters], down = [.. parameters];
            up[i] += Step;
            down[i] -= Step;
            double slope = (process.Evaluate(up)!.Value.Value - process.Evaluate(down)!.Value.Value) / (2 * Step);
            gradient[i].Should().BeApproximately(slope, 1e-5 * Math.Max(1, Math.Abs(slope)), "parameter {0}", i);
        }
    }

    [Fact]
    public void Two_rows_are_predicted_as_by_hand()
    {
        // Rows at 0 and 1 with targets 1 and −1, variance 2, noise 0.5, length 1; k(0, 1) = 2 e^(−1/2), k(1/2, ·) = 2 e^(−1/8).
        var process = new ExactGaussianProcess(tensor(new double[,] { { 0 }, { 1 } }), tensor(new double[,] { { 1 }, { -1 } }),
            new SquaredExponentialKernel());
        double[] parameters = KernelParameters.Of(columns: 1, length: 1, variance: 2, noise: 0.5);
        double near = 2 * Math.Exp(-0.125), across = 2 * Math.Exp(-0.5);
        var (mean, variance) = process.Predict(parameters, tensor(new double[,] { { 0.5 }, { 0 } }))!.Value;
        mean[0].Should().BeApproximately(0, 1e-12, "the targets are opposite");
        variance[0].Should().BeApproximately(2.5 - 2 * near * near / (2.5 + across), 1e-12);
        // In the basis (1, −1) / √2 the covariance is 2.5 − k(0, 1).
        mean[1].Should().BeApproximately((2 - across) / (2.5 - across), 1e-12);
        double evidence = -1 / (2.5 - across) - 0.5 * Math.Log(2.5 * 2.5 - across * across) - Math.Log(2 * Math.PI);
        process.Evaluate(parameters)!.Value.Value.Should().BeApproximately(evidence, 1e-12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void With_a_point_at_each_row_the_sparse_process_is_exact(bool isMatern)
    {
        var (inputs, targets) = Drawn(30);
        var test = Normal(7, 3);
        var exact = Process(inputs, targets, points: null, isMatern);
        var sparse = Process(inputs, targets, points: 30, isMatern);
        double[] parameters = [.. Hyperparameters, .. Values(inputs)];
        sparse.Evaluate(parameters)!.Value.Value.Should().BeApproximately(exact.Evaluate(Hyperparameters)!.Value.Value, 1e-4);
        var (mean, variance) = exact.Predict(Hyperparameters, test)!.Value;
        var (sparseMean, sparseVariance) = sparse.Predict(parameters, test)!.Value;
        for (int row = 0; row < mean.Length; row++)
        {
            sparseMean[row].Should().BeApproximately(mean[row], 1e-5);
            sparseVariance[row].Should().BeApproximately(variance[row], 1e-5);
        }
    }

    [Fact]
    public void Fewer_points_bound_the_evidence_from_below()
    {
        var (inputs, targets) = Drawn(40);
        double evidence = Process(inputs, targets, points: null, isMatern: false).Evaluate(Hyperparameters)!.Value.Value;
        double before = double.NegativeInfinity;
        foreach (int points in new[] { 2, 5, 10, 20, 40 })
        {
            double bound = Process(inputs, targets, points, isMatern: false)
                .Evaluate([.. Hyperparameters, .. Values(inputs.narrow(0, 0, points))])!.Value.Value;
            bound.Should().BeLessThanOrEqualTo(evidence + 1e-6).And.BeGreaterThan(before, "a further point tells more");
            before = bound;
        }
    }

    [Fact]
    public void The_search_finds_the_length_scales_of_a_drawn_function()
    {
        var (inputs, targets) = Drawn(150);
        var process = Process(inputs, targets, points: null, isMatern: false);
        var (parameters, value) = QuasiNewton.Maximize(process.Evaluate, KernelParameters.Of(3, 2, 1, 0.1), 50, CancellationToken.None)!.Value;
        value.Should().BeGreaterThan(process.Evaluate(TrueParameters)!.Value.Value, "no parameters have more evidence than the best");
        process.Evaluate(parameters)!.Value.Gradient.Should().OnlyContain(derivative => Math.Abs(derivative) < 0.1);
        parameters[0].Should().BeApproximately(TrueParameters[0], 0.5);
        parameters[1].Should().BeApproximately(TrueParameters[1], 0.5);
        parameters[2].Should().BeGreaterThan(2, "the third column does not matter");
        parameters[4].Should().BeApproximately(TrueParameters[4], 0.5);
    }

    [Fact]
    public void Equal_rows_and_no_noise_do_not_stop_it()
    {
        var inputs = zeros([5, 2], float64);
        var process = Process(inputs, ones([5, 1], float64), points: null, isMatern: false);
        var found = process.Predict(KernelParameters.Of(2, 1, 1, 1e-12), inputs);
        found!.Value.Mean.Should().OnlyContain(value => Math.Abs(value - 1) < 1e-3);
        found.Value.Variance.Should().OnlyContain(value => value > 0);
    }

    [Fact]
    public void Inducing_rows_are_different_and_end_where_the_rest_follows()
    {
        var inputs = Normal(10, 2);
        long[] chosen = InducingRows.Choose(cat([inputs, inputs]), new SquaredExponentialKernel(), 20);
        chosen.Should().OnlyHaveUniqueItems();
        chosen.Length.Should().BeInRange(5, 10, "each row is there twice");
    }

    [Fact]
    public void An_evaluation_leaves_no_tensor_behind()
    {
        var (inputs, targets) = Drawn(20);
        var (exact, sparse) = (Process(inputs, targets, null, true), Process(inputs, targets, 4, false));
        double[] parameters = [.. Hyperparameters, .. Values(inputs.narrow(0, 0, 4))];
        long before = LiveTensors();
        exact.Evaluate(Hyperparameters);
        exact.Predict(Hyperparameters, inputs);
        sparse.Evaluate(parameters);
        sparse.Predict(parameters, inputs);
        InducingRows.Choose(inputs, new MaternKernel(), 5);
        LiveTensors().Should().Be(before);
    }

    private static readonly double[] TrueParameters = [0, 0.5, 6, 0, Math.Log(0.01)];

    /// <summary>A function of two of three columns, drawn from a Gaussian process with <see cref="TrueParameters"/>.</summary>
    private static (Tensor Inputs, Tensor Targets) Drawn(int rows)
    {
        var inputs = Normal(rows, 3);
        var scaled = inputs.div(tensor(TrueParameters[..3]).exp());
        var function = new SquaredExponentialKernel().Evaluate(Algebra.SquaredDistances(scaled, scaled)).Value;
        return (inputs, linalg.cholesky(function.add(eye(rows, dtype: float64).mul(0.01))).mm(Normal(rows, 1)));
    }

    private static GaussianProcess Process(Tensor inputs, Tensor targets, int? points, bool isMatern)
    {
        Kernel kernel = isMatern ? new MaternKernel() : new SquaredExponentialKernel();
        return points is { } count
            ? new SparseGaussianProcess(inputs, targets, count, kernel) : new ExactGaussianProcess(inputs, targets, kernel);
    }
}
