using MathNet.Numerics.LinearAlgebra;

namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>Ridge regression: the floor that every method should be above.</summary>
internal sealed class RidgeMethod : UncertaintyMethod
{
    public override string Name => "ridge";

    public override string Description =>
        "Linear regression with a quadratic penalty, chosen among 31 by its leave-one-out error on the training rows; normal noise of the size of "
        + "these errors.";

    public override PredictedTargets Predict(SplitRows rows, long seed, CancellationToken cancellationToken)
    {
        var split = StandardizedSplit.Of(rows);
        if (split.Columns == 0)
            return split.InOwnUnit(new double[rows.Test.GetLength(0)], Enumerable.Repeat(1.0, rows.Test.GetLength(0)));
        var inputs = Matrix<double>.Build.DenseOfArray(split.Train);
        var targets = Vector<double>.Build.DenseOfArray(split.Targets);
        var moments = inputs.TransposeThisAndMultiply(inputs).Evd(Symmetricity.Symmetric);
        // In the basis of the eigenvectors every penalty is a division.
        var basis = inputs * moments.EigenVectors;
        var products = basis.TransposeThisAndMultiply(targets);
        var best = Enumerable.Range(-15, 31).Select(power => split.Rows * Math.Pow(10, 0.4 * power - 1))
            .Select(penalty =>
            {
                var weights = products.PointwiseDivide(moments.EigenValues.Real() + penalty);
                return (Weights: weights, Error: LeaveOneOutError(basis, targets, moments.EigenValues.Real() + penalty, weights));
            })
            .MinBy(each => each.Error);
        var mean = Matrix<double>.Build.DenseOfArray(split.Test) * (moments.EigenVectors * best.Weights);
        return split.InOwnUnit(mean, Enumerable.Repeat(best.Error, mean.Count));
    }

    // The error without a row is its residual / (1 - leverage). The mean of the targets has a leverage of 1 / n.
    private static double LeaveOneOutError(Matrix<double> basis, Vector<double> targets, Vector<double> divisors, Vector<double> weights)
    {
        var fitted = basis * weights;
        double sum = 0;
        for (int row = 0; row < targets.Count; row++)
        {
            double leverage = 1.0 / targets.Count;
            for (int column = 0; column < divisors.Count; column++)
                leverage += basis[row, column] * basis[row, column] / divisors[column];
            double error = (targets[row] - fitted[row]) / Math.Max(1 - leverage, 1e-6);
            sum += error * error;
        }
        return Math.Max(Math.Sqrt(sum / targets.Count), 1e-9);
    }
}
