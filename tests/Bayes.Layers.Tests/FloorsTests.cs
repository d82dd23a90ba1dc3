using System.Reflection;

namespace Bayes.Layers.Tests;

/// <summary>Each floor of the library refers only to floors below it (docs/decisions/0001-floors.md).</summary>
public sealed class FloorsTests
{
    /// <summary>Bottom first; floors on one line do not refer to each other.</summary>
    private static readonly string[][] Floors =
    [
        ["Bayes.Layers.Kernels"],
        ["Bayes.Layers.Numerics"],
        ["Bayes.Layers.Posteriors"],
        ["Bayes.Layers.Priors", "Bayes.Layers.Maps"],
        ["Bayes.Layers.Estimators"],
        ["Bayes.Layers.Likelihoods"],
        ["Bayes.Layers.Evaluation"],
        ["Bayes.Layers"],
        ["Bayes.Layers.Diagnostics", "Bayes.Layers.Conversion", "Bayes.Layers.Checkpoints"],
        ["Bayes.Layers.Training"],
    ];

    private static readonly Assembly Library = typeof(BayesianModule).Assembly;

    [Fact]
    public void Every_type_stands_on_a_floor() =>
        Library.GetTypes().Where(IsOurs).Select(type => type.Namespace).Distinct().Should().BeSubsetOf(Floors.SelectMany(floor => floor));

    [Fact]
    public void No_type_refers_upwards()
    {
        var upward =
            from type in Library.GetTypes().Where(IsOurs)
            from referred in References(type)
            where IsOurs(referred) && referred.Namespace != type.Namespace && Floor(referred) >= Floor(type)
            select $"{type.FullName} -> {referred.FullName}";
        upward.Distinct().Should().BeEmpty();
    }

    [Fact]
    public void The_check_sees_what_method_bodies_call() =>
        References(typeof(Bayes.Layers.Estimators.SamplingEstimator)).Should().Contain(typeof(Bayes.Layers.Numerics.TorchNoise));

    private static bool IsOurs(Type type) => type.Namespace?.StartsWith("Bayes.Layers", StringComparison.Ordinal) == true && type.Assembly == Library;

    private static int Floor(Type type) => Array.FindIndex(Floors, floor => floor.Contains(type.Namespace));

    private static IEnumerable<Type> References(Type type)
    {
        const BindingFlags all =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        IEnumerable<Type?> direct =
        [
            type.BaseType,
            .. type.GetInterfaces(),
            .. type.GetFields(all).Select(field => field.FieldType),
            .. type.GetProperties(all).Select(property => property.PropertyType),
            .. type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all)).SelectMany(OfMethod),
        ];
        return direct.OfType<Type>().SelectMany(Unwrap).Distinct();
    }

    private static IEnumerable<Type?> OfMethod(MethodBase method)
    {
        foreach (var parameter in method.GetParameters())
            yield return parameter.ParameterType;
        if (method is MethodInfo info)
            yield return info.ReturnType;
        if (method.GetMethodBody() is not { } body)
            yield break;
        foreach (var local in body.LocalVariables)
            yield return local.LocalType;
        // Tokens are found by trying every position: a number that happens to look like one names some type of the
        // library's own references at worst, and those of the library are what is being checked.
        byte[] code = body.GetILAsByteArray() ?? [];
        for (int i = 0; i + 5 <= code.Length; i++)
        {
            if (!CarriesToken(code[i]))
                continue;
            MemberInfo? member = null;
            try
            {
                member = method.Module.ResolveMember(BitConverter.ToInt32(code, i + 1), method.DeclaringType?.GetGenericArguments(),
                    method.IsGenericMethod ? method.GetGenericArguments() : null);
            }
            catch (Exception exception) when (exception is ArgumentException or BadImageFormatException)
            {
                // Not a token.
            }
            yield return member as Type ?? member?.DeclaringType;
        }
    }

    /// <summary>call, callvirt, newobj, castclass, isinst, ldfld, ldsfld, newarr, ldtoken.</summary>
    private static bool CarriesToken(byte instruction) => instruction is 0x28 or 0x6f or 0x73 or 0x74 or 0x75 or 0x7b or 0x7e or 0x8d or 0xd0;

    private static IEnumerable<Type> Unwrap(Type type)
    {
        if (type.HasElementType)
            return Unwrap(type.GetElementType()!);
        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Unwrap).Append(type.GetGenericTypeDefinition()) : [type];
    }
}
