namespace Bayes.Layers.Ensembles;

/// <summary>
/// Finds w of at least 0 with Σ w = 1 that maximizes the mean of log Σ_m w_m p_m over rows, by Newton's method on the interior: of the mean − Σ w + μ
/// Σ log w for ever smaller μ. At the maximum over w of at least 0, Σ w is 1.
/// </summary>
internal static class SimplexMaximum
{
    private const double FirstBarrier = 0.1, LastBarrier = 1e-13, Reduction = 0.1;
    private const int MostSteps = 50;

    // The rise that Newton's step promises, below which it changes no weight by more than rounding; and that below which it needs no check, which
    // rounding would spoil.
    private const double Converged = 1e-22, Unchecked = 1e-3;

    // The share of the promised rise that a step must reach.
    private const double Armijo = 1e-4;

    /// <summary>Returns the weights.</summary>
    /// <param name="rows">p of each row for each member, of at least 0, and above 0 for one of them.</param>
    public static double[] OfMeanLog(double[][] rows)
    {
        double[] weights = new double[rows[0].Length];
        Array.Fill(weights, 1.0 / weights.Length);
        for (double barrier = FirstBarrier; barrier >= LastBarrier; barrier *= Reduction)
            for (int step = 0; step < MostSteps && Improve(rows, weights, barrier); step++)
            {
            }
        double sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }

    // Returns false if the weights are the maximum for the barrier.
    private static bool Improve(double[][] rows, double[] weights, double barrier)
    {
        int count = weights.Length;
        double[] gradient = new double[count];
        // The negative Hessian, which is positive definite because of the barrier.
        double[,] curvature = new double[count, count];
        foreach (double[] row in rows)
        {
            double density = Mixture(row, weights);
            for (int i = 0; i < count; i++)
            {
                double ratio = row[i] / density;
                gradient[i] += ratio / rows.Length;
                for (int j = 0; j <= i; j++)
                    curvature[i, j] += ratio * (row[j] / density) / rows.Length;
            }
        }
        for (int i = 0; i < count; i++)
        {
            gradient[i] += barrier / weights[i] - 1;
            curvature[i, i] += barrier / (weights[i] * weights[i]);
        }
        double[] direction = Solve(curvature, gradient, weights);
        double promised = 0;
        for (int i = 0; i < count; i++)
            promised += gradient[i] * direction[i];
        if (!(promised > Converged))
            return false;
        double before = Value(rows, weights, barrier), length = 1;
        for (int i = 0; i < count; i++)
            if (direction[i] < 0)
                length = Math.Min(length, -0.99 * weights[i] / direction[i]);
        bool isClose = promised < Unchecked * Math.Min(barrier, 1.0 / rows.Length);
        for (int halving = 0; halving < 40; halving++, length /= 2)
        {
            double[] tried = new double[count];
            for (int i = 0; i < count; i++)
                tried[i] = weights[i] + length * direction[i];
            if (isClose || Value(rows, tried, barrier) >= before + Armijo * length * promised)
            {
                tried.CopyTo(weights, 0);
                return true;
            }
        }
        return false;
    }

    private static double Mixture(double[] row, double[] weights)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
            sum += weights[i] * row[i];
        return sum;
    }

    private static double Value(double[][] rows, double[] weights, double barrier)
    {
        double sum = 0;
        foreach (double[] row in rows)
            sum += Math.Log(Mixture(row, weights));
        sum /= rows.Length;
        foreach (double weight in weights)
            sum += barrier * Math.Log(weight) - weight;
        return sum;
    }

    // Solves by Cholesky's decomposition, in units of the weights, so that small weights do not spoil the condition.
    private static double[] Solve(double[,] curvature, double[] gradient, double[] weights)
    {
        int count = gradient.Length;
        double[,] root = new double[count, count];
        double[] solution = new double[count];
        for (int i = 0; i < count; i++)
            for (int j = 0; j <= i; j++)
            {
                double sum = curvature[i, j] * weights[i] * weights[j];
                for (int k = 0; k < j; k++)
                    sum -= root[i, k] * root[j, k];
                root[i, j] = i == j ? Math.Sqrt(Math.Max(sum, double.Epsilon)) : sum / root[j, j];
            }
        for (int i = 0; i < count; i++)
        {
            double sum = gradient[i] * weights[i];
            for (int k = 0; k < i; k++)
                sum -= root[i, k] * solution[k];
            solution[i] = sum / root[i, i];
        }
        for (int i = count - 1; i >= 0; i--)
        {
            double sum = solution[i];
            for (int k = i + 1; k < count; k++)
                sum -= root[k, i] * solution[k];
            solution[i] = sum / root[i, i];
        }
        for (int i = 0; i < count; i++)
            solution[i] *= weights[i];
        return solution;
    }
}
