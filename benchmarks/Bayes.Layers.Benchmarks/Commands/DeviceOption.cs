using System.CommandLine;
using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Benchmarks.Commands;

/// <summary>The option --device of a command: an existing device.</summary>
internal static class DeviceOption
{
    /// <summary>The option.</summary>
    public static Option<string?> Create()
    {
        var option = new Option<string?>("--device") { Description = "Where to compute: cpu or cuda:0.", HelpName = "device",
            DefaultValueFactory = _ => "cpu" };
        option.Validators.Add(result =>
        {
            string? name = result.GetValueOrDefault<string>();
            if (name is not ("cpu" or "cuda:0"))
                result.AddError($"--device is '{name}'; expected cpu or cuda:0.");
            else if (!ComputeDevices.Present.Contains(name))
                result.AddError($"--device is '{name}', but {ComputeDevices.LeftOut}");
        });
        return option;
    }
}
