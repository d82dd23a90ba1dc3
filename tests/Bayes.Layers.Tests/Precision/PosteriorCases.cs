using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Precision;

/// <summary>Every posterior of a weight: draws, marginals, entropy, the KL divergence from a prior, and their gradients.</summary>
internal static class PosteriorCases
{
    private static readonly long[] Shape = [6, 5];

    private static readonly (string Name, PosteriorFamily Family)[] Families =
        [
            (nameof(MeanFieldNormal), PosteriorFamily.MeanField), (nameof(LowRankNormal), new LowRankFamily(rank: 3)),
            (nameof(SwagNormal), new SwagFamily(rank: 3)), (nameof(FullNormal), new FullNormalFamily()),
            (nameof(KroneckerNormal), new KroneckerFamily()), (nameof(RowNormal), new RowFamily()),
        ];

    public static IEnumerable<PrecisionCase> All =>
        Families.Select(each => new PrecisionCase(each.Name, each.Name, [each.Name], dtype => Compute(each.Family, dtype)));

    private static Dictionary<string, Tensor> Compute(PosteriorFamily family, ScalarType dtype)
    {
        long seed = 60;
        var posterior = family.Of([.. family.ParametersOf(Shape).Select(each =>
            new Parameter(PrecisionCase.Numbers(dtype, seed++, each.Shape).mul(0.5).sub(each.Name == "log_var" ? 2 : 0).to(float32).to(dtype)))]);
        Dictionary<string, Tensor> results = [];
        Add("draws", posterior.Draw(4, new SameNoise(70)));
        Add("standard deviation", posterior.Stddev());
        Add("entropy", posterior.Entropy());
        Add("KL divergence", new NormalPrior(0.2, 0.7).KlDivergence(posterior));
        if (posterior.TotalCorrelation() is { } correlation)
            Add("total correlation", correlation);
        return results;

        void Add(string name, Tensor value)
        {
            results.Add(name, value);
            foreach (var (_, parameter) in posterior.Parameters)
                parameter.grad = null;
            value.mul(value).sum().backward();
            foreach (var (key, parameter) in posterior.Parameters)
                if (parameter.grad is { } gradient)
                    results.Add($"gradient in {key} of the {name}", gradient.clone());
        }
    }
}
