using System.Reflection;
using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Tests.Precision;

/// <summary>
/// Every number of a prediction with named draws, the same in both types. In single precision, managed code computes a dense network's passes.
/// </summary>
internal static class PredictiveCases
{
    private static readonly Dictionary<string, Func<Predictive, Tensor, Tensor>> Methods = new()
    {
        [nameof(Predictive.LogPredictiveDensityOf)] = (prediction, target) => prediction.LogPredictiveDensityOf(target),
        [nameof(Predictive.ProbabilityAtMost)] = (prediction, target) => prediction.ProbabilityAtMost(target),
        [nameof(Predictive.CredibleInterval)] = (prediction, _) => Both(prediction.CredibleInterval()),
        [nameof(Predictive.PredictionInterval)] = (prediction, _) => Both(prediction.PredictionInterval()),
        [nameof(Predictive.QuantilesOfMean)] = (prediction, _) => prediction.QuantilesOfMean([0.05, 0.5, 0.9]),
        [nameof(Predictive.QuantilesOfTarget)] = (prediction, _) => prediction.QuantilesOfTarget([0.05, 0.5, 0.9]),
    };

    /// <summary>The names of a prediction's properties and methods that return tensors.</summary>
    public static IEnumerable<string> Members =>
        typeof(Predictive).GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(member => member is PropertyInfo { PropertyType: var property } && property == typeof(Tensor)
            || member is MethodInfo { IsSpecialName: false, ReturnType: var returned }
            && (returned == typeof(Tensor) || returned == typeof((Tensor, Tensor))))
        .Select(member => member.Name);

    /// <summary>A case for each member and each likelihood that has it.</summary>
    public static IEnumerable<PrecisionCase> All =>
        from each in LikelihoodCases.Likelihoods
        from member in Properties.Select(property => property.Name).Concat(Methods.Keys)
        where Has(each.Name, member)
        select new PrecisionCase(member, each.Name, [member], dtype => Compute(each, member, dtype));

    private static IEnumerable<PropertyInfo> Properties =>
        typeof(Predictive).GetProperties().Where(property => property.PropertyType == typeof(Tensor));

    private static bool Has(string likelihood, string member)
    {
        bool isOfClasses = likelihood.Split(',')[0] is "BernoulliLikelihood" or "CategoricalLikelihood";
        return member switch
        {
            nameof(Predictive.TotalEntropy) or nameof(Predictive.ExpectedEntropy) or nameof(Predictive.MutualInformation) => isOfClasses,
            nameof(Predictive.PredictionInterval) or nameof(Predictive.QuantilesOfTarget) or nameof(Predictive.ProbabilityAtMost) =>
                !isOfClasses && likelihood != nameof(JointLikelihood),
            _ => true,
        };
    }

    private static Dictionary<string, Tensor> Compute(
        (string Name, Func<ScalarType, Likelihood> Make, int Outputs, Func<ScalarType, Tensor> Target) each, string member, ScalarType dtype)
    {
        using var model = LikelihoodCases.Network(5, each.Outputs, dtype);
        var target = each.Target(dtype);
        using var prediction = new MonteCarloPredictive(model, each.Make(dtype), samples: 40, seed: 9)
            .Predict(PrecisionCase.Numbers(dtype, 44, 12, 5), target, keepSamples: true);
        var result = Methods.TryGetValue(member, out var method) ? method(prediction, target)
            : (Tensor)typeof(Predictive).GetProperty(member)!.GetValue(prediction)!;
        return new() { [member] = result.clone() };
    }

    private static Tensor Both((Tensor Lower, Tensor Upper) interval) => stack([interval.Lower, interval.Upper]);
}
