using System.Text;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>Formats a module tree like PyTorch: one line for each module, children indented by two.</summary>
internal static class ModuleDescription
{
    public static string Of(nn.Module module)
    {
        var text = new StringBuilder();
        Write(text, module, indent: "");
        return text.ToString();
    }

    private static void Write(StringBuilder text, nn.Module module, string indent)
    {
        string own = module is BayesianModule bayesian ? bayesian.Describe() : ParameterShapes(module);
        // TorchSharp's GetName() of a Sequential returns the name of the C++ class behind it.
        string type = module is BayesianModule ? module.GetName() : module.GetType().Name;
        text.Append(type).Append('(').Append(own);
        bool hasChildren = false;
        foreach (var (name, child) in (module as BayesianModule)?.DescribedChildren ?? module.named_children())
        {
            hasChildren = true;
            text.Append('\n').Append(indent).Append("  (").Append(name).Append("): ");
            Write(text, child, indent + "  ");
        }
        if (hasChildren)
            text.Append('\n').Append(indent);
        text.Append(')');
    }

    private static string ParameterShapes(nn.Module module) =>
        string.Join(", ", module.named_parameters(recurse: false).Select(p => $"{p.name}={Shapes.Describe(p.parameter.shape)}"));
}
